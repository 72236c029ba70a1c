import type { ForeignPod } from './ground-truth.ts'
import type { Answer, KubeletEndpoint } from './kubelet-endpoint.ts'
import { runsCommand } from './run-foreign-command.ts'
import { useForeignToken } from './use-foreign-token.ts'

/** What each path proves when it is answered: the subresource that no other grant opens. */
const PROOFS: readonly (readonly [string, string])[] = [
  ['/stats/summary', 'nodes/stats'],
  ['/metrics/cadvisor', 'nodes/metrics'],
  ['/pods', 'nodes/pods'],
  ['/configz', 'nodes/configz'],
]

/**
 * What the credential opens at the endpoint, tried: which subresources, and, where it is `nodes/proxy`, the logs of another
 * tenant's container, a command in it, and a token of another tenant's. `id` and a review are all that is done.
 */
export async function reachOf(
  kubelet: KubeletEndpoint,
  answers: ReadonlyMap<string, Answer>,
  brief: { readonly foreign: readonly ForeignPod[] },
): Promise<string[]> {
  const reach: string[] = []
  for (const [path, grant] of PROOFS) {
    const { status } = answers.get(path) ?? (await kubelet.get(path))
    if (status === 200) reach.push(grant)
  }
  reach.push(...(await proxyReach(kubelet, answers, brief)))
  reach.push(...(await useForeignToken(answers.get('/pods')?.body ?? '', brief.foreign)))
  return reach
}

/** Only nodes/proxy opens a container's log at the kubelet, and runs commands in it: another tenant's is tried. */
async function proxyReach(
  kubelet: KubeletEndpoint,
  answers: ReadonlyMap<string, Answer>,
  brief: { readonly foreign: readonly ForeignPod[] },
): Promise<string[]> {
  const victim = brief.foreign.find((pod) => pod.tenant !== null)
  if (victim?.tenant === undefined) return []
  const [namespace = '', name = ''] = victim.pod.split('/')
  const container = firstContainer(answers.get('/pods')?.body ?? '', namespace, name)
  if (container === undefined) return []
  const path = `${namespace}/${name}/${container}`
  const log = await kubelet.get(`/containerLogs/${path}`)
  if (log.status !== 200) return []
  const whose = `${victim.tenant ?? ''}’s containers`
  const runs = await runsCommand(kubelet, path)
  return ['nodes/proxy', `read the logs of ${whose}`, ...(runs ? [`run commands in ${whose}`] : [])]
}

function firstContainer(pods: string, namespace: string, name: string): string | undefined {
  try {
    const list = JSON.parse(pods) as {
      items: {
        metadata: { namespace: string; name: string }
        spec: { containers: { name: string }[] }
      }[]
    }
    return list.items.find(
      (pod) => pod.metadata.namespace === namespace && pod.metadata.name === name,
    )?.spec.containers[0]?.name
  } catch {
    return undefined
  }
}
