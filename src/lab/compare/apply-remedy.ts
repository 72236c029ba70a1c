import {
  DAEMONSETS,
  SECRETS,
  isConflict,
  type DaemonSet,
  type KubeClient,
  type Pod,
  type Secret,
} from '../../kube/index.ts'
import { waitFor } from '../../core/index.ts'
import type { Remedy, RemedyTarget, SecretCopy } from '../../remedies/index.ts'
import { applyObjects, deleteObjects } from '../apply-objects.ts'
import { vclusterWorkloads } from '../vcluster/index.ts'
import { waitForPod, type LabAccess } from './lab-access.ts'

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

/** Applies a remedy on both sides and waits for the rollout; gives the agent's new pod in the vcluster. */
export async function applyRemedy(
  lab: LabAccess,
  remedy: Remedy,
  target: RemedyTarget,
  baseline: DaemonSet,
  signal: AbortSignal,
): Promise<Pod> {
  const virtual = lab.virtual(target.vcluster)
  const hostObjects = remedy.hostObjects(target)
  await applyObjects(lab.host, hostObjects)
  for (const copy of remedy.secretCopies(target)) await copySecret(lab.host, virtual, copy, signal)
  await applyObjects(virtual, remedy.tenantObjects(target))
  for (const object of hostObjects.filter((o) => o.kind === 'DaemonSet')) {
    const selector = (object as DaemonSet).spec.selector.matchLabels ?? {}
    await waitForPod(
      lab.host,
      {
        namespace: object.metadata.namespace ?? '',
        labelSelector: Object.entries(selector)
          .map(([key, value]) => `${key}=${value}`)
          .join(','),
        what: `the pod of DaemonSet ${object.metadata.name ?? ''} on the host`,
      },
      signal,
    )
  }
  return rollOut(virtual, remedy.changeAgent(baseline, target), target, signal)
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
  await deleteObjects(lab.virtual(target.vcluster), [...remedy.tenantObjects(target), ...copies])
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

/** Puts the DaemonSet's spec in place and waits until its one pod is of that generation and Ready. */
async function rollOut(
  client: KubeClient,
  wanted: DaemonSet,
  target: RemedyTarget,
  signal: AbortSignal,
): Promise<Pod> {
  const key = { namespace: target.agentNamespace, name: target.agentName }
  const updated = await putSpec(client, wanted)
  const generation = updated.metadata.generation ?? 0
  await waitFor(
    `the rollout of DaemonSet ${key.name}`,
    async () => {
      const { status } = await client.get<DaemonSet>(DAEMONSETS, key)
      const done =
        status !== undefined &&
        (status.observedGeneration ?? 0) >= generation &&
        (status.updatedNumberScheduled ?? 0) >= status.desiredNumberScheduled &&
        status.numberReady >= status.desiredNumberScheduled
      return done ? true : undefined
    },
    { timeoutMs: 60_000, intervalMs: 50, signal },
  )
  return waitForPod(
    client,
    {
      namespace: key.namespace,
      labelSelector: `app=${key.name}`,
      what: `the agent's pod in vcluster ${target.vcluster}`,
    },
    signal,
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
