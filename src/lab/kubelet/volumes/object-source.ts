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

/** Reads from the API server; reads of the same object at the same time are one request. */
export function createObjectSource(client: KubeClient, namespace: string): ObjectSource {
  const running = new Map<string, Promise<Map<string, Buffer> | undefined>>()
  const once = (
    key: string,
    read: () => Promise<Map<string, Buffer>>,
  ): Promise<Map<string, Buffer> | undefined> => {
    const known = running.get(key)
    if (known) return known
    const started = read()
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      .finally(() => running.delete(key))
    running.set(key, started)
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
