import {
  CONFIGMAPS,
  SECRETS,
  SERVICES,
  isNotFound,
  type ConfigMap,
  type KubeClient,
  type Secret,
  type Service,
} from '../../../kube/index.ts'

/** What pods of one namespace use of it: secrets and config maps as bytes by key, undefined when there is no such object. */
export interface ObjectSource {
  secret(name: string): Promise<Map<string, Buffer> | undefined>
  configMap(name: string): Promise<Map<string, Buffer> | undefined>
  /** The services of the namespace. */
  services(): Promise<readonly Service[]>
}

/** How long an object is good that was read, in milliseconds: a pod that starts is looked at several times. */
const FRESH_MS = 1000

/**
 * Reads from the API server, an object once within a second (as a kubelet with `configMapAndSecretChangeDetectionStrategy:
 * Cache` does, there for a minute). That there is none is not remembered.
 */
export function createObjectSource(client: KubeClient, namespace: string): ObjectSource {
  const known = new Map<string, Promise<Map<string, Buffer> | undefined>>()
  const once = (
    key: string,
    read: () => Promise<Map<string, Buffer>>,
  ): Promise<Map<string, Buffer> | undefined> => {
    const found = known.get(key)
    if (found) return found
    const started = read().catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    known.set(key, started)
    const forget = (): void => void known.delete(key)
    started.then((values) => {
      if (values === undefined) forget()
      else setTimeout(forget, FRESH_MS).unref()
    }, forget)
    return started
  }
  return {
    secret: (name) =>
      once(`secret/${name}`, async () =>
        decode((await client.get<Secret>(SECRETS, { namespace, name })).data),
      ),
    configMap: (name) =>
      once(`configmap/${name}`, async () => {
        const found = await client.get<ConfigMap>(CONFIGMAPS, { namespace, name })
        const values = decode(found.binaryData)
        for (const [key, text] of Object.entries(found.data ?? {}))
          values.set(key, Buffer.from(text))
        return values
      }),
    services: async () => (await client.list<Service>(SERVICES, { namespace })).items,
  }
}

function decode(data: Record<string, string> | undefined): Map<string, Buffer> {
  return new Map(
    Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')]),
  )
}
