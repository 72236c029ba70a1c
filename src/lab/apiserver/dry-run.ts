import type { ResourceRequest } from './context.ts'
import { fieldsOf } from './fields.ts'
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
    throw refusals.badRequest(`dryRun: Unsupported value: ${JSON.stringify(unknown)}`)
  }
  return asked.length > 0
}
