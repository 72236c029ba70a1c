import {
  DAEMONSETS,
  SECRETS,
  isConflict,
  type DaemonSet,
  type KubeClient,
  type ObjectMeta,
  type Pod,
  type Secret,
} from '../../kube/index.ts'
import { waitFor } from '../../core/index.ts'
import type { BroughtAgent, Remedy, RemedyTarget, SecretCopy } from '../../remedies/index.ts'
import { hostName } from '../../tenants/index.ts'
import { applyObjects, deleteObjects } from '../apply-objects.ts'
import { vclusterWorkloads } from '../vcluster/index.ts'
import { waitForNoPod, waitForPod, type LabAccess } from './lab-access.ts'
import { TENANT_WITNESS_CONTAINER, runTenantWitness, tenantWitness } from './tenant-witness.ts'

/** The agent's DaemonSet as it is now. */
export async function readAgent(lab: LabAccess, target: RemedyTarget): Promise<DaemonSet> {
  return lab
    .virtual(target.vcluster)
    .get<DaemonSet>(DAEMONSETS, { namespace: target.agentNamespace, name: target.agentName })
}

/** The agent's DaemonSet as the lab installs it: what every remedy starts from, whatever an earlier run left behind. */
export function labAgent(target: RemedyTarget): DaemonSet {
  const found = vclusterWorkloads({ name: target.vcluster }).find(
    (object) => object.kind === 'DaemonSet' && object.metadata.name === target.agentName,
  )
  if (found === undefined) throw new Error(`the lab installs no DaemonSet ${target.agentName}`)
  return found as DaemonSet
}

/** A container of the host, as the kubelet knows it. */
export interface Where {
  readonly namespace: string
  readonly pod: string
  readonly container: string
}

/** Where the agent runs now, and where in the tenant the witness looks around: in the agent, if it is there. */
export interface Places {
  readonly agent: Where
  readonly witness: Where
}

/** Applies a remedy on both sides and waits for the rollouts; gives the containers on the first node. */
export async function applyRemedy(
  lab: LabAccess,
  remedy: Remedy,
  target: RemedyTarget,
  baseline: DaemonSet,
  signal: AbortSignal,
): Promise<Places> {
  const virtual = lab.virtual(target.vcluster)
  const hostObjects = remedy.hostObjects(target)
  await applyObjects(lab.host, hostObjects)
  for (const copy of remedy.secretCopies(target)) await copySecret(lab.host, virtual, copy, signal)
  await applyObjects(virtual, remedy.tenantObjects(target))
  const changed = await putSpec(virtual, remedy.changeAgent(baseline, target))
  const onTheHost = hostObjects.filter(({ kind }) => kind === 'DaemonSet')
  const [witness] = await Promise.all([
    remedy.hostAgent === undefined
      ? tenantAgent(lab, target, changed, signal)
      : tenantWithoutAgent(lab, target, signal),
    ...onTheHost.map(({ metadata }) => rolledOut(lab.host, metadata, signal)),
  ])
  if (remedy.hostAgent === undefined) return { agent: witness, witness }
  return { agent: await broughtAgent(lab, remedy.hostAgent, signal), witness }
}

async function tenantAgent(
  lab: LabAccess,
  target: RemedyTarget,
  changed: DaemonSet,
  signal: AbortSignal,
): Promise<Where> {
  const virtual = lab.virtual(target.vcluster)
  await rolledOut(virtual, changed.metadata, signal)
  const pod = await waitForPod(
    virtual,
    {
      namespace: target.agentNamespace,
      labelSelector: `app=${target.agentName}`,
      nodeName: lab.facts.nodeName,
      what: `the agent's pod in vcluster ${target.vcluster}`,
    },
    signal,
  )
  return onHost(target, pod, target.agentContainer)
}

/** The tenant's agents are gone, and a pod with what is left to it stands in for them. */
async function tenantWithoutAgent(
  lab: LabAccess,
  target: RemedyTarget,
  signal: AbortSignal,
): Promise<Where> {
  const virtual = lab.virtual(target.vcluster)
  const [pod] = await Promise.all([
    runTenantWitness(virtual, target, lab.facts.nodeName, signal),
    waitForNoPod(
      virtual,
      { namespace: target.agentNamespace, labelSelector: `app=${target.agentName}` },
      signal,
    ),
  ])
  return onHost(target, pod, TENANT_WITNESS_CONTAINER)
}

const onHost = (target: RemedyTarget, pod: Pod, container: string): Where => ({
  namespace: target.hostNamespace,
  pod: hostName(pod.metadata.name ?? '', pod.metadata.namespace ?? '', target.vcluster),
  container,
})

async function broughtAgent(
  lab: LabAccess,
  { namespace, selector, container }: BroughtAgent,
  signal: AbortSignal,
): Promise<Where> {
  const { nodeName } = lab.facts
  const what = `the agent's pod on host node ${nodeName}`
  const wanted = { namespace, labelSelector: selector, nodeName, what }
  const pod = await waitForPod(lab.host, wanted, signal)
  return { namespace, pod: pod.metadata.name ?? '', container }
}

/** Takes a remedy's objects away again; the agent itself is put back by the next one, or by `putSpec`. */
export async function removeRemedy(
  lab: LabAccess,
  remedy: Remedy,
  target: RemedyTarget,
): Promise<void> {
  const copies = remedy.secretCopies(target).map((copy) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: copy.to,
  }))
  const stoodIn = remedy.hostAgent === undefined ? [] : [tenantWitness(target)]
  await deleteObjects(lab.virtual(target.vcluster), [
    ...remedy.tenantObjects(target),
    ...copies,
    ...stoodIn,
  ])
  await deleteObjects(lab.host, remedy.hostObjects(target))
}

/** Gives the agent's DaemonSet the spec of the one given; does not wait for the rollout. */
export async function putSpec(client: KubeClient, wanted: DaemonSet): Promise<DaemonSet> {
  const { namespace, name = '' } = wanted.metadata
  return retryOnConflict(async () => {
    const current = await client.get<DaemonSet>(DAEMONSETS, { namespace, name })
    return client.update<DaemonSet>(DAEMONSETS, { ...current, spec: wanted.spec })
  })
}

/** Waits until the DaemonSet has a pod of its newest generation, and Ready, on every node that it is for. */
async function rolledOut(
  client: KubeClient,
  { namespace, name = '' }: ObjectMeta,
  signal: AbortSignal,
): Promise<void> {
  let seen = 'nothing'
  await waitFor(
    `the rollout of DaemonSet ${name}`,
    async () => {
      const { metadata, status } = await client.get<DaemonSet>(DAEMONSETS, { namespace, name })
      if (status === undefined) return undefined
      const { observedGeneration = 0, updatedNumberScheduled = 0, numberReady } = status
      const { desiredNumberScheduled: wanted } = status
      seen = `${updatedNumberScheduled} of ${wanted} pods are new, ${numberReady} are ready`
      const isSeen = observedGeneration >= (metadata.generation ?? 0)
      const isWhole = wanted > 0 && updatedNumberScheduled >= wanted && numberReady >= wanted
      return isSeen && isWhole ? true : undefined
    },
    { timeoutMs: 60_000, intervalMs: 50, signal, last: () => seen },
  )
}

/** Carries values from a host Secret into a Secret of the tenant, as people do with `kubectl get … | kubectl create …`. */
async function copySecret(
  host: KubeClient,
  virtual: KubeClient,
  copy: SecretCopy,
  signal: AbortSignal,
): Promise<void> {
  const data = await waitFor(
    `the token controller to fill Secret ${copy.from.namespace}/${copy.from.name}`,
    async () => {
      const secret = await host.get<Secret>(SECRETS, copy.from)
      const found = copy.keys.flatMap((key) => {
        const value = secret.data?.[key]
        return value === undefined ? [] : [[key, value] as const]
      })
      return found.length === copy.keys.length ? Object.fromEntries(found) : undefined
    },
    { timeoutMs: 10_000, intervalMs: 25, signal },
  )
  await applyObjects(virtual, [
    { apiVersion: 'v1', kind: 'Secret', metadata: copy.to, type: 'Opaque', data },
  ])
}

async function retryOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!isConflict(error) || attempt >= 10) throw error
    }
  }
}
