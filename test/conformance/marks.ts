import { Agent, request } from 'undici'
import { NODES, PODS, type Node, type Pod } from '../../src/kube/index.ts'
import type { Tenant } from './gateway.ts'
import type { Target } from './target.ts'

/**
 * Every string that gives away something that this tenant must not learn, read with an administrator's eyes and without
 * the code under test: names, uids, namespaces, tokens and container ids of all other pods, the host's names and uids of
 * the tenant's own, Docker's names of all containers and ids of all but its own (sandboxes too), the machine's ids.
 */
export async function foreignMarks(target: Target, tenant: Tenant): Promise<readonly string[]> {
  const [host, own, node, docker] = await Promise.all([
    target.admin.list<Pod>(PODS),
    tenant.admin.list<Pod>(PODS),
    target.admin.get<Node>(NODES, { name: target.facts.nodeName }),
    dockerContainers(target.facts.dockerHost),
  ])
  const ownUids = new Set(own.items.map(({ metadata }) => metadata.uid))
  const ownWords = new Set(
    own.items.flatMap(({ metadata }) => [metadata.name, metadata.namespace, metadata.uid]),
  )
  const ownHostUids = new Set<string | undefined>()
  const marks = host.items.flatMap((pod) => {
    const { name, uid, namespace, annotations = {} } = pod.metadata
    const virtualUid = annotations['vcluster.loft.sh/object-uid']
    const isOwn = namespace === tenant.hostNamespace && ownUids.has(virtualUid)
    if (isOwn) ownHostUids.add(uid)
    const tokens = Object.entries(annotations).flatMap(([key, value]) =>
      key.startsWith('vcluster.loft.sh/token-') ? [value] : [],
    )
    const told = isOwn ? [] : [virtualUid, ...containerIds(pod)]
    return [name, uid, namespace, annotations['kubernetes.io/config.hash'], ...tokens, ...told]
  })
  const { machineID, systemUUID, bootID } = node.status?.nodeInfo ?? {}
  const runtime = docker.flatMap(({ Id, Names, Labels }) => [
    ...(ownHostUids.has(Labels['io.kubernetes.pod.uid']) ? [] : [Id]),
    ...Names.map((name) => name.replace(/^\//, '')),
  ])
  const all = [...marks, ...runtime, machineID, systemUUID, bootID, 'vcluster.loft.sh']
  return [...new Set(all)].filter(
    (mark): mark is string =>
      mark !== undefined && mark.length >= 7 && !ownWords.has(mark) && !IS_WORD.test(mark),
  )
}

/** Pods of other suites may be called `message`: a plain word gives nothing away. */
const IS_WORD = /^[a-z]+$/

/** Which of the marks are in the text, each with what is around it. */
export function findMarks(text: string, marks: readonly string[]): string[] {
  return marks.flatMap((mark) => {
    const at = text.indexOf(mark)
    return at === -1 ? [] : [`${mark} in …${text.slice(Math.max(0, at - 80), at + 80)}…`]
  })
}

function containerIds({ status }: Pod): string[] {
  return (status?.containerStatuses ?? []).flatMap(
    ({ containerID }) => containerID?.split('://')[1] ?? [],
  )
}

interface DockerContainer {
  readonly Id: string
  readonly Names: readonly string[]
  readonly Labels: Readonly<Record<string, string>>
}

/** What the node's Docker lists, sandboxes too. */
async function dockerContainers(dockerHost: string): Promise<readonly DockerContainer[]> {
  const socketPath = dockerHost.replace(/^unix:\/\//, '')
  const dispatcher = new Agent({ connect: { socketPath } })
  try {
    const { body } = await request('http://docker/containers/json?all=1', { dispatcher })
    return (await body.json()) as DockerContainer[]
  } finally {
    await dispatcher.close()
  }
}
