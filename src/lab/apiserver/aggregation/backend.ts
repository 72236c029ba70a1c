import { ENDPOINTSLICES, SERVICES, type KubeObject, type Service } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, textOf } from '../fields.ts'
import type { Store } from '../store.ts'

/** What an APIService says about who answers for its group and version. */
export interface RemoteService {
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly service: string
  readonly port: number
  readonly skipTlsVerify: boolean
  /** PEM; undefined: the system's roots. */
  readonly ca: string | undefined
  /** Higher first (`groupPriorityMinimum`, then `versionPriority`). */
  readonly priority: readonly [group: number, version: number]
}

/** Where a request is sent, or why it cannot be: reason and message of the condition `Available`. */
export type Backend =
  | { readonly ok: true; readonly address: string; readonly port: number }
  | { readonly ok: false; readonly reason: string; readonly message: string }

/** undefined for a group that the API server answers for itself. */
export function remoteServiceOf(apiService: KubeObject): RemoteService | undefined {
  const spec = fieldsOf(apiService['spec'])
  const { service } = spec
  if (!isFields(service)) return undefined
  const numberOf = (value: unknown, fallback: number): number =>
    typeof value === 'number' ? value : fallback
  const bundle = textOf(spec['caBundle'])
  return {
    group: textOf(spec['group']) ?? '',
    version: textOf(spec['version']) ?? '',
    namespace: textOf(service['namespace']) ?? '',
    service: textOf(service['name']) ?? '',
    port: numberOf(service['port'], 443),
    skipTlsVerify: spec['insecureSkipTLSVerify'] === true,
    ca: bundle ? Buffer.from(bundle, 'base64').toString('utf8') : undefined,
    priority: [numberOf(spec['groupPriorityMinimum'], 0), numberOf(spec['versionPriority'], 0)],
  }
}

/**
 * The pod behind the service: nothing translates a service's address in the lab, so the API server goes straight to an
 * endpoint. The words are those of the aggregator's remote-available controller (1.36).
 */
export function findBackend(store: Store, { namespace, service, port }: RemoteService): Backend {
  const no = (reason: string, message: string): Backend => ({ ok: false, reason, message })
  const where = `service/${service} in "${namespace}"`
  const found = store.get(SERVICES, namespace, service)?.object as Service | undefined
  if (found === undefined) return no('ServiceNotFound', `${where} is not present`)
  const ports = found.spec.ports ?? []
  const ownPort = ports.find((one) => one.port === port)
  if (ownPort === undefined) {
    return no('ServicePortError', `${where} is not listening on port ${port}`)
  }
  const slices = store
    .list(ENDPOINTSLICES, namespace)
    .map(({ object }) => object)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service)
  if (slices.length === 0) {
    return no('EndpointsNotFound', `cannot find endpointslices for ${where}`)
  }
  const name = ownPort.name ?? ''
  for (const slice of slices) {
    // Anybody may have written it.
    const target = listOf(slice['ports']).find((one) => (one['name'] ?? '') === name)?.['port']
    const ready = listOf(slice['endpoints']).find(
      ({ conditions }) => fieldsOf(conditions)['ready'] !== false,
    )
    const [address] = Array.isArray(ready?.['addresses']) ? (ready['addresses'] as unknown[]) : []
    if (typeof target === 'number' && typeof address === 'string') {
      return { ok: true, address, port: target }
    }
  }
  const message = `endpointslices for ${where} have no addresses with port name "${name}"`
  return no('MissingEndpoints', message)
}
