import { refusals } from './refusals.ts'

const MATCHES = ['Exact', 'NotOlderThan']

/** Refuses what a list or a watch may not be asked for, in a kube-apiserver's words (metav1.ListOptions). */
export function checkListOptions(query: URLSearchParams, isWatch = false): void {
  const limit = query.get('limit') ?? ''
  if (limit !== '' && !/^[+-]?\d+$/.test(limit)) {
    throw refusals.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`)
  }
  const version = query.get('resourceVersion') ?? ''
  checkMatch(query.get('resourceVersionMatch') ?? '', version, isWatch)
  if (!/^\d*$/.test(version)) {
    throw refusals.badRequest(
      `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
    )
  }
}

function checkMatch(match: string, version: string, isWatch: boolean): void {
  // With sendInitialEvents a watch needs a match and no version; nothing here looks at it there.
  if (match === '' || isWatch) return
  const field = 'resourceVersionMatch'
  if (version === '') {
    throw refusals.invalidOptions('ListOptions', {
      reason: 'FieldValueForbidden',
      message: `Forbidden: ${field} is forbidden unless resourceVersion is provided`,
      field,
    })
  }
  if (!MATCHES.includes(match)) {
    throw refusals.invalidOptions('ListOptions', {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
      field,
    })
  }
}
