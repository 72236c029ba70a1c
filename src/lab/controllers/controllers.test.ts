import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../test/helpers/cluster.ts'
import { secret, waitFor } from '../../core/index.ts'
import {
  CLUSTERROLES,
  CONFIGMAPS,
  DAEMONSETS,
  NAMESPACES,
  NODES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  isNotFound,
  type ConfigMap,
  type DaemonSet,
  type KubeObject,
  type Node,
  type ObjectKey,
  type Pod,
  type Resource,
  type Role,
  type Secret,
} from '../../kube/index.ts'

let cluster: TestCluster
beforeAll(async () => {
  const controllers = [
    'serviceaccount',
    'token-secret',
    'namespace',
    'daemonset',
    'job',
    'scheduler',
    'garbage-collector',
    'clusterroles',
  ] as const
  cluster = await startCluster({ controllers })
})
afterAll(() => cluster[Symbol.asyncDispose]())

/** Reads until it is as wished. */
async function eventually<T extends KubeObject>(
  of: Resource,
  key: ObjectKey,
  isRight: (object: T) => boolean = () => true,
): Promise<T> {
  let last: T | undefined
  return waitFor(
    `${of.kind} ${key.name}`,
    async () => {
      try {
        last = await cluster.admin.get<T>(of, key)
        return isRight(last) ? last : undefined
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    { timeoutMs: 10_000, intervalMs: 10, last: () => JSON.stringify(last) },
  )
}

async function untilGone(of: Resource, key: ObjectKey): Promise<void> {
  await waitFor(
    `the end of ${of.kind} ${key.name}`,
    async () => {
      try {
        await cluster.admin.get(of, key)
        return undefined
      } catch (error) {
        if (isNotFound(error)) return true
        throw error
      }
    },
    { timeoutMs: 10_000, intervalMs: 10 },
  )
}

async function newNamespace(name: string): Promise<string> {
  await cluster.admin.create(NAMESPACES, { metadata: { name } })
  await eventually(SERVICEACCOUNTS, { namespace: name, name: 'default' })
  return name
}

const pods = async (namespace: string): Promise<Pod[]> =>
  (await cluster.admin.list<Pod>(PODS, { namespace })).items

/** Plays the kubelet: says that all pods run, and lets go those that shall end. */
async function playKubelet(namespace: string): Promise<void> {
  for (const pod of await pods(namespace)) {
    const key = { namespace, name: pod.metadata.name ?? '' }
    const ready = pod.status?.conditions?.some((one) => one.type === 'Ready')
    if (pod.metadata.deletionTimestamp) {
      await cluster.admin.delete(PODS, key, { gracePeriodSeconds: 0 })
    } else if (pod.spec.nodeName && !ready) {
      const conditions = [{ type: 'Ready', status: 'True' as const }]
      const status = { ...pod.status, phase: 'Running' as const, conditions }
      await cluster.admin.update(PODS, { ...pod, status }, { subresource: 'status' })
    }
  }
}

describe('ServiceAccounts', () => {
  test('every namespace has its default account and the CA, also after they were deleted', async () => {
    const namespace = await newNamespace('accounts')
    const key = { namespace, name: 'kube-root-ca.crt' }
    const published = await eventually<ConfigMap>(CONFIGMAPS, key)
    expect(published.data).toEqual({ 'ca.crt': cluster.api.caPem })
    await cluster.admin.delete(CONFIGMAPS, key)
    await cluster.admin.delete(SERVICEACCOUNTS, { namespace, name: 'default' })
    await eventually(CONFIGMAPS, key)
    await eventually(SERVICEACCOUNTS, { namespace, name: 'default' })
  })

  test('a token Secret is filled, works, and goes with the account', async () => {
    const namespace = await newNamespace('tokens')
    await cluster.admin.create(SERVICEACCOUNTS, { metadata: { name: 'agent', namespace } })
    const annotations = { 'kubernetes.io/service-account.name': 'agent' }
    await cluster.admin.create<Secret>(SECRETS, {
      metadata: { name: 'agent-token', namespace, annotations },
      type: 'kubernetes.io/service-account-token',
    })
    const key = { namespace, name: 'agent-token' }
    const filled = await eventually<Secret>(
      SECRETS,
      key,
      ({ data }) => data?.['token'] !== undefined,
    )
    const text = (name: string): string =>
      Buffer.from(filled.data?.[name] ?? '', 'base64').toString()
    expect(text('ca.crt')).toBe(cluster.api.caPem)
    expect(text('namespace')).toBe(namespace)
    const client = cluster.client({ kind: 'token', token: secret(text('token')) })
    expect((await client.raw('GET', '/api')).status).toBe(200)
    await cluster.admin.delete(SERVICEACCOUNTS, { namespace, name: 'agent' })
    await untilGone(SECRETS, key)
    expect((await client.raw('GET', '/api')).status).toBe(401)
  })

  test('a token Secret of nobody is deleted', async () => {
    const namespace = await newNamespace('nobody')
    const annotations = { 'kubernetes.io/service-account.name': 'ghost' }
    await cluster.admin.create<Secret>(SECRETS, {
      metadata: { name: 'ghost-token', namespace, annotations },
      type: 'kubernetes.io/service-account-token',
    })
    await untilGone(SECRETS, { namespace, name: 'ghost-token' })
  })
})

describe('nodes and pods', () => {
  test('the scheduler waits for a node that fits', async () => {
    const namespace = await newNamespace('scheduling')
    await cluster.admin.create<Pod>(PODS, {
      metadata: { name: 'picky', namespace },
      spec: { nodeSelector: { disk: 'ssd' }, containers: [{ name: 'c', image: 'x' }] },
    })
    const key = { namespace, name: 'picky' }
    const scheduled = (pod: Pod): string | undefined =>
      pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.status
    const waiting = await eventually<Pod>(PODS, key, (pod) => scheduled(pod) === 'False')
    expect(waiting.status?.conditions?.[0]).toMatchObject({ reason: 'Unschedulable' })
    await cluster.admin.create(NODES, { metadata: { name: 'plain' } })
    await cluster.admin.create(NODES, { metadata: { name: 'fast', labels: { disk: 'ssd' } } })
    const bound = await eventually<Pod>(PODS, key, (pod) => pod.spec.nodeName !== undefined)
    expect(bound.spec.nodeName).toBe('fast')
    expect(scheduled(bound)).toBe('True')
  })

  test('a DaemonSet has one pod on every node that fits, and replaces them one by one', async () => {
    const namespace = await newNamespace('daemons')
    for (const name of ['d1', 'd2']) {
      await cluster.admin.create(NODES, { metadata: { name, labels: { daemons: 'yes' } } })
    }
    await cluster.admin.create<Node>(NODES, {
      metadata: { name: 'tainted', labels: { daemons: 'yes' } },
      spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] },
    })
    const set: DaemonSet = {
      metadata: { name: 'agent', namespace },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: {
          metadata: { labels: { app: 'agent' } },
          spec: { nodeSelector: { daemons: 'yes' }, containers: [{ name: 'c', image: 'a:1' }] },
        },
      },
    }
    const { metadata } = await cluster.admin.create(DAEMONSETS, set)
    const key = { namespace, name: 'agent' }
    const isDone = (image: string) => async (): Promise<true | undefined> => {
      await playKubelet(namespace)
      const { status, metadata: now } = await cluster.admin.get<DaemonSet>(DAEMONSETS, key)
      const all = await pods(namespace)
      const current = all.every((pod) => pod.spec.containers[0]?.image === image)
      const settled = status?.observedGeneration === now.generation
      return settled && current && all.length === 2 && status?.numberReady === 2 ? true : undefined
    }
    const options = { timeoutMs: 15_000, intervalMs: 10 }
    await waitFor('both pods', isDone('a:1'), options)
    const first = await pods(namespace)
    expect(first.map((pod) => pod.spec.nodeName).sort()).toEqual(['d1', 'd2'])
    expect(first[0]?.metadata).toMatchObject({
      generateName: 'agent-',
      labels: { app: 'agent', 'pod-template-generation': '1' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'DaemonSet',
          name: 'agent',
          uid: metadata.uid,
          controller: true,
        },
      ],
    })
    const image = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'a:2' }]
    await cluster.admin.patch(DAEMONSETS, key, image, 'json')
    const ending = await waitFor(
      'the first pod to end',
      async () => {
        const found = (await pods(namespace)).filter((pod) => pod.metadata.deletionTimestamp)
        return found.length > 0 ? found : undefined
      },
      options,
    )
    expect(ending).toHaveLength(1)
    await waitFor('new pods', isDone('a:2'), options)
    const second = await pods(namespace)
    expect(second[0]?.metadata.labels?.['pod-template-generation']).toBe('2')
    await cluster.admin.delete(DAEMONSETS, key)
    const empty = async (): Promise<true | undefined> => {
      await playKubelet(namespace)
      return (await pods(namespace)).length === 0 ? true : undefined
    }
    await waitFor('no pods', empty, options)
  })
})

describe('garbage and ends', () => {
  const child = (name: string, namespace: string, owner: KubeObject): ConfigMap => {
    const { name: ownerName = '', uid = '' } = owner.metadata
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: ownerName, uid }
    return { metadata: { name, namespace, ownerReferences: [reference] } }
  }

  test('what belonged to a deleted object goes, and what never had an owner', async () => {
    const namespace = await newNamespace('garbage')
    const owner = await cluster.admin.create(CONFIGMAPS, { metadata: { name: 'owner', namespace } })
    await cluster.admin.create(CONFIGMAPS, child('child', namespace, owner))
    const imagined = { metadata: { name: 'owner', uid: 'no-such-uid' } }
    await cluster.admin.create(CONFIGMAPS, child('stray', namespace, imagined))
    await untilGone(CONFIGMAPS, { namespace, name: 'stray' })
    await cluster.admin.get(CONFIGMAPS, { namespace, name: 'child' })
    await cluster.admin.delete(CONFIGMAPS, { namespace, name: 'owner' })
    await untilGone(CONFIGMAPS, { namespace, name: 'child' })
  })

  test('foreground deletion takes the dependents first', async () => {
    const namespace = await newNamespace('foreground')
    const owner = await cluster.admin.create(CONFIGMAPS, { metadata: { name: 'owner', namespace } })
    const held = child('held', namespace, owner)
    for (const reference of held.metadata.ownerReferences ?? []) reference.blockOwnerDeletion = true
    held.metadata.finalizers = ['example.com/hold']
    await cluster.admin.create(CONFIGMAPS, held)
    const key = { namespace, name: 'owner' }
    await cluster.admin.delete(CONFIGMAPS, key, { propagationPolicy: 'Foreground' })
    const heldKey = { namespace, name: 'held' }
    await eventually(CONFIGMAPS, heldKey, (one) => one.metadata.deletionTimestamp !== undefined)
    await cluster.admin.get(CONFIGMAPS, key)
    await cluster.admin.patch(CONFIGMAPS, heldKey, { metadata: { finalizers: null } }, 'merge')
    await untilGone(CONFIGMAPS, key)
  })

  test('a namespace takes its content along, and takes nothing new meanwhile', async () => {
    const namespace = await newNamespace('ending')
    await cluster.admin.create<Pod>(PODS, {
      metadata: { name: 'running', namespace },
      spec: { nodeName: 'plain', containers: [{ name: 'c', image: 'x' }] },
    })
    await cluster.admin.delete(NAMESPACES, { name: namespace })
    const late = cluster.admin.create(CONFIGMAPS, { metadata: { name: 'late', namespace } })
    await expect(late).rejects.toThrow('because it is being terminated')
    await eventually(
      PODS,
      { namespace, name: 'running' },
      (pod) => pod.metadata.deletionTimestamp !== undefined,
    )
    await cluster.admin.get(NAMESPACES, { name: namespace })
    await playKubelet(namespace)
    await untilGone(NAMESPACES, { name: namespace })
    expect((await cluster.admin.list(CONFIGMAPS, { namespace })).items).toEqual([])
  })
})

test('an aggregated role follows the roles it selects', async () => {
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  const rules = [{ verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] }]
  await cluster.admin.create<Role>(CLUSTERROLES, { metadata: { name: 'things', labels }, rules })
  const has = (role: Role): boolean => JSON.stringify(role.rules).includes('example.com')
  await eventually<Role>(CLUSTERROLES, { name: 'admin' }, has)
})
