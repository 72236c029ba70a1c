import { describeError } from '../../../core/index.ts'
import { isFields, listOf, type Fields } from '../fields.ts'
import type { Store } from '../store.ts'
import { findBackend, type RemoteService } from './backend.ts'
import type { Availability } from './condition.ts'
import type { Forwarder } from './forward.ts'

export interface Probed {
  readonly available: Availability
  readonly resources?: readonly Fields[]
}

const PASSED: Availability = { status: 'True', reason: 'Passed', message: 'all checks passed' }

/** Asks an extension API server for its discovery document: it is available when it answers. */
export async function probe(
  store: Store,
  forwarder: Forwarder,
  service: RemoteService,
  signal: AbortSignal,
): Promise<Probed> {
  const backend = findBackend(store, service)
  if (!backend.ok) {
    const { reason, message } = backend
    return { available: { status: 'False', reason, message } }
  }
  const path = `/apis/${service.group}/${service.version}`
  const url = `https://${backend.address}:${backend.port}${path}`
  const failed = (why: string): Probed => {
    const message = `failing or missing response from ${url}: ${why}`
    return { available: { status: 'False', reason: 'FailedDiscoveryCheck', message } }
  }
  try {
    const { status, body } = await forwarder.read({ service, ...backend }, path, signal)
    if (status < 200 || status >= 300) return failed(`bad status from ${url}: ${status}`)
    const document: unknown = JSON.parse(body)
    const resources = isFields(document) ? listOf(document['resources']) : []
    return { available: PASSED, resources }
  } catch (error) {
    return failed(`Get "${url}": ${describeError(error)}`)
  }
}
