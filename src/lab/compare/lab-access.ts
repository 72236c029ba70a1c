import { createStack, waitFor } from '../../core/index.ts'
import {
  PODS,
  createKubeClient,
  isPodReady,
  loadKubeconfig,
  type KubeClient,
  type KubeClientOptions,
  type Pod,
} from '../../kube/index.ts'
import type { Tenant } from '../../tenants/index.ts'
import { controlExec } from '../control.ts'
import { HOST_CONTEXT } from '../lab-kubeconfig.ts'
import type { LabFacts, StateDir } from '../state.ts'

/** A running lab as the comparison uses it: its API servers and commands in its containers. */
export interface LabAccess extends AsyncDisposable {
  readonly facts: LabFacts
  readonly host: KubeClient
  readonly tenants: readonly Tenant[]
  virtual(vcluster: string): KubeClient
  virtualCaPem(vcluster: string): string
  /** Runs a command in a container of the host to its end; gives what it printed. */
  exec(
    where: { namespace: string; pod: string; container: string },
    argv: readonly string[],
    stdin?: string,
  ): Promise<{ readonly stdout: string; readonly stderr: string }>
}

/** Opens a running lab by its kubeconfig and control socket. */
export async function openLab(
  dir: StateDir,
  facts: LabFacts,
  signal: AbortSignal,
): Promise<LabAccess> {
  const stack = createStack()
  const hostOptions = (await loadKubeconfig(dir.kubeconfig, HOST_CONTEXT)).options
  const options = new Map<string, KubeClientOptions>()
  for (const { name, context } of facts.vclusters) {
    options.set(name, (await loadKubeconfig(dir.kubeconfig, context)).options)
  }
  const clients = new Map([...options].map(([name, o]) => [name, stack.use(createKubeClient(o))]))
  const of = <T>(map: ReadonlyMap<string, T>, name: string): T => {
    const found = map.get(name)
    if (found === undefined) throw new Error(`the lab has no vcluster ${name}`)
    return found
  }
  return {
    facts,
    host: stack.use(createKubeClient(hostOptions)),
    tenants: facts.vclusters.map((v) => ({
      name: v.name,
      hostNamespaces: [v.hostNamespace],
      vcluster: v.name,
    })),
    virtual: (name) => of(clients, name),
    virtualCaPem: (name) => of(options, name).ca ?? '',
    async exec(where, argv, stdin) {
      const result = await controlExec(
        dir.controlSocket,
        { ...where, argv, ...(stdin === undefined ? {} : { stdin }) },
        signal,
      )
      return { stdout: result.stdout.toString('utf8'), stderr: result.stderr.toString('utf8') }
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

/** Waits until every pod that matches is Ready and none is going; gives the one on the node. */
export async function waitForPod(
  client: KubeClient,
  wanted: { namespace: string; labelSelector: string; nodeName: string; what: string },
  signal: AbortSignal,
): Promise<Pod> {
  let seen = 'nothing'
  return waitFor(
    wanted.what,
    async () => {
      const { namespace, labelSelector, nodeName } = wanted
      const { items } = await client.list<Pod>(PODS, { namespace, labelSelector })
      seen =
        items.map((pod) => `${pod.metadata.name ?? ''} ${pod.status?.phase ?? ''}`).join(', ') ||
        'no pod'
      const isSettled = items.every(
        (pod) => isPodReady(pod) && pod.metadata.deletionTimestamp === undefined,
      )
      const [pod, ...others] = items.filter(({ spec }) => spec.nodeName === nodeName)
      return isSettled && others.length === 0 ? pod : undefined
    },
    { timeoutMs: 60_000, intervalMs: 50, signal, last: () => seen },
  )
}

/** Waits until no pod that matches is left. */
export async function waitForNoPod(
  client: KubeClient,
  wanted: { namespace: string; labelSelector: string },
  signal: AbortSignal,
): Promise<void> {
  let seen = 'nothing'
  await waitFor(
    `the pods of ${wanted.labelSelector} to end`,
    async () => {
      const { items } = await client.list<Pod>(PODS, wanted)
      seen = items.map(({ metadata }) => metadata.name ?? '').join(', ')
      return items.length === 0 ? true : undefined
    },
    { timeoutMs: 60_000, intervalMs: 50, signal, last: () => seen },
  )
}
