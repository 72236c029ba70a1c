import type { KubeObject } from '../../kube/index.ts'

/** What an event is about, as far as the syncer needs it. */
interface Involved {
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
}

/** Of which kinds the syncer copies events. Source: vcluster 0.34, `pkg/controllers/resources/events`. */
const COPIED: readonly string[] = ['Pod', 'Service', 'Endpoint', 'Secret', 'ConfigMap']

/** What a host event is about; undefined: an event that is not copied. */
export function involvedOf(event: KubeObject): Required<Involved> | undefined {
  const { kind = '', name = '', namespace = '' } = (event['involvedObject'] ?? {}) as Involved
  return COPIED.includes(kind) && name !== '' ? { kind, name, namespace } : undefined
}

/**
 * The virtual cluster's copy of a host event: about the virtual object, in its namespace, with virtual names in its own
 * name and in its message. Everything else stays as the host has it.
 */
export function virtualEventOf(event: KubeObject, about: KubeObject): KubeObject {
  const involved = involvedOf(event)
  const { name: hostName = '', namespace: hostNamespace = '' } = involved ?? {}
  const { name = '', namespace = '', uid, resourceVersion } = about.metadata
  const { metadata, message, ...rest } = event
  const eventName = metadata.name ?? ''
  const text = typeof message === 'string' ? message : ''
  return {
    ...rest,
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: eventName.startsWith(hostName) ? name + eventName.slice(hostName.length) : eventName,
      namespace,
    },
    involvedObject: {
      ...(event['involvedObject'] as object),
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    message: text
      .replaceAll(`${hostNamespace}/${hostName}`, `${namespace}/${name}`)
      .replaceAll(hostName, name),
  }
}
