import { refusals } from './refusals.ts'

const MATCHES = ['Exact', 'NotOlderThan']

/** Refuses what a list or a watch may not be asked for, in a kube-apiserver's words (metav1.ListOptions). */
export function checkListOptions(query: URLSearchParams, isWatch = false): void {
  const limit = query.get('limit') ?? ''
  if (limit !== '' && !/^[+-]?\d+$/.test(limit)) {
    throw refusals.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`)
  }
  const version = query.get('resourceVersion') ?? ''
  // With sendInitialEvents a watch needs a match and no version; nothing here looks at it there.
  const continues = (query.get('continue') ?? '') !== ''
  if (!isWatch) checkMatch(query.get('resourceVersionMatch') ?? '', version, continues)
  if (!/^\d*$/.test(version)) {
    throw refusals.plain(
      `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
    )
  }
}

function checkMatch(match: string, version: string, continues: boolean): void {
  if (match === '') return
  const field = 'resourceVersionMatch'
  if (continues) {
    throw refusals.invalidOptions('ListOptions', {
      reason: 'FieldValueForbidden',
      message: `Forbidden: ${field} is forbidden when continue is provided`,
      field,
    })
  }
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
