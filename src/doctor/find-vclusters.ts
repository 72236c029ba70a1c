import { describeError } from '../core/index.ts'
import {
  PODS,
  SECRETS,
  loadKubeconfig,
  parseKubeconfig,
  targetOf,
  type KubeClient,
  type KubeClientOptions,
  type Pod,
  type Secret,
} from '../kube/index.ts'

/** A vcluster on the host, and how to talk to it. */
export type FoundVcluster =
  | { readonly name: string; readonly options: KubeClientOptions }
  | { readonly name: string; readonly why: string }

/** The vclusters that the host runs (pods with the label `app=vcluster`), or only the named one. */
export async function findVclusters(host: KubeClient, wanted?: string): Promise<FoundVcluster[]> {
  const { items } = await host.list<Pod>(PODS, { labelSelector: 'app=vcluster' })
  const places = new Map<string, { name: string; namespace: string }>()
  for (const { metadata } of items) {
    const name = metadata.labels?.['release']
    const { namespace } = metadata
    if (name === undefined || namespace === undefined) continue
    if (wanted === undefined || wanted === name)
      places.set(`${namespace}/${name}`, { name, namespace })
  }
  return Promise.all([...places.values()].map((place) => accessOf(host, place)))
}

/** The kubeconfig that a vcluster writes for its administrators: Secret `vc-<name>`. */
async function accessOf(
  host: KubeClient,
  { name, namespace }: { name: string; namespace: string },
): Promise<FoundVcluster> {
  try {
    const secret = await host.get<Secret>(SECRETS, { namespace, name: `vc-${name}` })
    const text = Buffer.from(secret.data?.['config'] ?? '', 'base64').toString('utf8')
    const { options } = await targetOf(
      await parseKubeconfig(text, `Secret ${namespace}/vc-${name}`),
    )
    return { name, options }
  } catch (error) {
    return { name, why: describeError(error) }
  }
}

/** A vcluster by its own context. */
export async function vclusterOfContext(
  kubeconfig: string,
  context: string,
  name?: string,
): Promise<FoundVcluster> {
  const { options } = await loadKubeconfig(kubeconfig, context)
  return { name: name ?? context, options }
}
