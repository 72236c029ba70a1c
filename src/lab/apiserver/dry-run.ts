import type { ResourceRequest } from './context.ts'
import { fieldsOf } from './fields.ts'
import type { ResourceVerb } from './request-info.ts'
import { refusals } from './refusals.ts'

/** Whether the request wants to know, not to write: `dryRun=All` as a parameter or in DeleteOptions. */
export function isDryRun(request: ResourceRequest): boolean {
  const options = request.info.verb.startsWith('delete') ? fieldsOf(request.body)['dryRun'] : []
  const asked = [
    ...request.info.query.getAll('dryRun'),
    ...(Array.isArray(options) ? (options as unknown[]) : []),
  ]
  const unknown = asked.find((value) => value !== 'All')
  if (unknown !== undefined) {
    const list = asked.map((value) => JSON.stringify(value)).join(', ')
    throw refusals.invalidOptions(optionsOf(request.info.verb), {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: []string{${list}}: supported values: "All"`,
      field: 'dryRun',
    })
  }
  return asked.length > 0
}

/** The type of a verb's options. */
export function optionsOf(verb: ResourceVerb): string {
  if (verb.startsWith('delete')) return 'DeleteOptions'
  return { create: 'CreateOptions', patch: 'PatchOptions' }[verb as string] ?? 'UpdateOptions'
}
