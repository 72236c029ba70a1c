import { beforeAll, expect, test } from 'vitest'
import { waitFor } from '../../src/core/index.ts'
import {
  CONFIGMAPS,
  NAMESPACES,
  PODS,
  SECRETS,
  SERVICEACCOUNTS,
  SERVICES,
  type KubeObject,
  type Pod,
  type Resource,
} from '../../src/kube/index.ts'
import * as resources from '../../src/kube/index.ts'
import { answersOf } from './answers.ts'
import { caseOf } from './differs.ts'
import { onEachTarget } from './each-target.ts'
import { namesOf, normal } from './normal.ts'
import { shell } from './target.ts'

/** What the controllers do that one can see. The node cannot place these pods, but for those that must run. */

type Found = KubeObject & Record<string, unknown>
const NOWHERE = {
  nodeSelector: { no: 'where' },
  automountServiceAccountToken: false,
  containers: [shell('main', 'sleep 1000')],
}
const answers = answersOf('controllers')

onEachTarget((target, name) => {
  const check = caseOf('controllers (cases)', name)
  let namespace: string
  beforeAll(async () => {
    namespace = await target().namespace()
  })
  const until = <T>(what: string, find: () => Promise<T | undefined>): Promise<T> =>
    waitFor(what, () => find().catch(() => undefined), { timeoutMs: 30_000, intervalMs: 100 })
  const tidy = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(normal(value, { ...namesOf(target()), [namespace]: 'NAMESPACE' }))
        .replace(/\b([a-z]+)-[0-9a-z]{8,10}-[0-9a-z]{5}\b/g, '$1-HASH-NAME')
        .replace(/"(d|w)-[0-9a-f]{8,10}\b/g, '"$1-HASH')
        .replace(/("pod-template-hash":)"[0-9a-z]+"/g, '$1"HASH"'),
    ) as unknown
  const create = (of: Resource, object: object): Promise<KubeObject> =>
    target().admin.create(of, object as KubeObject)
  const key = (name: string): { namespace: string; name: string } => ({ namespace, name })

  check('a namespace gets its account and the cluster’s CA', async () => {
    const account = await target().admin.get<Found>(SERVICEACCOUNTS, key('default'))
    const ca = await until('the CA', () =>
      target().admin.get<Found>(CONFIGMAPS, key('kube-root-ca.crt')),
    )
    expect((ca['data'] as Record<string, string>)['ca.crt']?.trim()).toBe(target().caPem.trim())
    expect(account.metadata.name).toBe('default')
    expect(Object.keys(ca['data'] as object)).toEqual(['ca.crt'])
  })

  check('both come back when they are deleted', async () => {
    for (const [of, name] of [
      [SERVICEACCOUNTS, 'default'],
      [CONFIGMAPS, 'kube-root-ca.crt'],
    ] as const) {
      const { uid } = (await target().admin.get<Found>(of, key(name))).metadata
      await target().admin.delete(of, key(name))
      await until(`another ${name}`, async () => {
        const now = (await target().admin.get<Found>(of, key(name))).metadata.uid
        return now === uid ? undefined : true
      })
    }
  })

  check('a Deployment: its ReplicaSet and pods, their labels and owners', async () => {
    await create(resources.DEPLOYMENTS, {
      metadata: { namespace, name: 'd', annotations: { 'kubernetes.io/change-cause': 'first' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'd' } },
        template: { metadata: { labels: { app: 'd' } }, spec: NOWHERE },
      },
    })
    const pods = await until('two pods', async () => {
      const { items } = await target().admin.list<Pod>(PODS, { namespace, labelSelector: 'app=d' })
      return items.length === 2 ? items : undefined
    })
    const sets = (await target().admin.list<Found>(resources.REPLICASETS, { namespace })).items
    const hash = sets[0]?.metadata.labels?.['pod-template-hash'] ?? ''
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{8,10}$/)
    expect(sets.map(({ metadata }) => metadata.name)).toEqual([`d-${hash}`])
    for (const { metadata } of pods)
      expect(metadata.name).toMatch(new RegExp(`^d-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`))
    const seen = { set: pick(sets[0]), pod: pick(pods[0]) }
    answers.check(
      target(),
      'a Deployment',
      JSON.parse(
        JSON.stringify(tidy(seen))
          .replaceAll(hash, 'HASH')
          .replace(/HASH-[a-z0-9]{5}\b/g, 'HASH-NAME'),
      ),
    )
  })

  check('a Deployment: the next revision', async () => {
    await target().admin.patch(
      resources.DEPLOYMENTS,
      key('d'),
      { spec: { template: { metadata: { labels: { v: '2' } } } } },
      'merge',
    )
    const sets = await until('two ReplicaSets', async () => {
      const { items } = await target().admin.list<Found>(resources.REPLICASETS, { namespace })
      return items.length === 2 ? items : undefined
    })
    const revisions = sets.map(
      ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'],
    )
    expect(revisions.toSorted()).toEqual(['1', '2'])
    const deployment = await until('its status', async () => {
      const found = await target().admin.get<Found>(resources.DEPLOYMENTS, key('d'))
      // It says NewReplicaSetCreated for a moment first.
      return JSON.stringify(found['status']).includes('ReplicaSetUpdated') &&
        found.metadata.annotations?.['deployment.kubernetes.io/revision'] === '2'
        ? found
        : undefined
    })
    const { conditions = [] } = deployment['status'] as {
      conditions?: { type: string; status: string; reason: string }[]
    }
    expect(conditions.map(({ type, status, reason }) => [type, status, reason]).toSorted()).toEqual(
      [
        ['Available', 'False', 'MinimumReplicasUnavailable'],
        ['Progressing', 'True', 'ReplicaSetUpdated'],
      ],
    )
  })

  check('a pod that nothing owns any more is let go, and replaced', async () => {
    const { items } = await target().admin.list<Pod>(PODS, {
      namespace,
      labelSelector: 'app=d,v!=2',
    })
    const name = items[0]?.metadata.name ?? ''
    await target().admin.patch(PODS, key(name), { metadata: { labels: { app: 'free' } } }, 'merge')
    const free = await until('no owner', async () => {
      const found = await target().admin.get<Pod>(PODS, key(name))
      return (found.metadata.ownerReferences ?? []).length === 0 ? found : undefined
    })
    expect(free.metadata.labels?.['app']).toBe('free')
  })

  check('a Service’s Endpoints', async () => {
    await create(SERVICES, {
      metadata: { namespace, name: 's' },
      spec: {
        selector: { app: 's' },
        clusterIP: 'None',
        ports: [{ name: 'web', port: 80, targetPort: 8080 }],
      },
    })
    // With no pod: a real node whose only network is the loopback gives pods an address that endpoints may not have.
    const endpoints = await until('its endpoints', () =>
      target().admin.get<Found>(resources.ENDPOINTS, key('s')),
    )
    const { labels } = endpoints.metadata
    answers.check(target(), 'a Service’s Endpoints', { labels, subsets: endpoints['subsets'] })
  })

  check('Endpoints go with their Service, whoever wrote them', async () => {
    await create(SERVICES, {
      metadata: { namespace, name: 'own' },
      spec: { ports: [{ port: 80 }] },
    })
    const subsets = [{ addresses: [{ ip: '10.1.2.3' }], ports: [{ port: 80 }] }]
    await create(resources.ENDPOINTS, { metadata: { namespace, name: 'own' }, subsets })
    await target().admin.delete(SERVICES, key('own'))
    await until('the Endpoints to go', async () =>
      (await isGone(resources.ENDPOINTS, 'own')) ? true : undefined,
    )
  })

  const owned = async (name: string, finalizers: string[] = []): Promise<string> => {
    const owner = await create(CONFIGMAPS, { metadata: { namespace, name, finalizers } })
    const ownerReferences = [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name,
        uid: owner.metadata.uid,
        blockOwnerDeletion: true,
      },
    ]
    await create(SECRETS, { metadata: { namespace, name: `${name}-child`, ownerReferences } })
    return `${name}-child`
  }
  const isGone = (of: Resource, name: string): Promise<boolean> =>
    target()
      .admin.get(of, key(name))
      .then(
        () => false,
        () => true,
      )

  check('garbage collection: background', async () => {
    const child = await owned('background')
    await target().admin.raw(
      'DELETE',
      `/api/v1/namespaces/${namespace}/configmaps/background?propagationPolicy=Background`,
    )
    await until('the child to go', async () => ((await isGone(SECRETS, child)) ? true : undefined))
  })

  check('garbage collection: foreground', async () => {
    const child = await owned('foreground')
    await target().admin.raw(
      'DELETE',
      `/api/v1/namespaces/${namespace}/configmaps/foreground?propagationPolicy=Foreground`,
    )
    await until('the owner to go', async () =>
      (await isGone(CONFIGMAPS, 'foreground')) ? true : undefined,
    )
    expect(await isGone(SECRETS, child)).toBe(true)
  })

  check('garbage collection: orphan', async () => {
    const child = await owned('orphan')
    await target().admin.raw(
      'DELETE',
      `/api/v1/namespaces/${namespace}/configmaps/orphan?propagationPolicy=Orphan`,
    )
    await until('the owner to go', async () =>
      (await isGone(CONFIGMAPS, 'orphan')) ? true : undefined,
    )
    const left = await until('no owner', async () => {
      const found = await target().admin.get<Found>(SECRETS, key(child))
      return found.metadata.ownerReferences === undefined ? found : undefined
    })
    expect(left.metadata.name).toBe(child)
  })

  check('garbage collection: an owner that never was', async () => {
    const ownerReferences = [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: 'never',
        uid: '11111111-2222-3333-4444-555555555555',
      },
    ]
    await create(SECRETS, { metadata: { namespace, name: 'lost', ownerReferences } })
    await until('the child to go', async () => ((await isGone(SECRETS, 'lost')) ? true : undefined))
  })

  test.each([
    ['succeeds', 'exit 0', 'Complete'],
    ['fails', 'exit 3', 'Failed'],
  ])('a Job that %s', async (name, script, condition) => {
    await create(resources.JOBS, {
      metadata: { namespace, name },
      spec: {
        backoffLimit: 0,
        template: {
          spec: {
            hostNetwork: true,
            restartPolicy: 'Never',
            automountServiceAccountToken: false,
            containers: [shell('main', script)],
          },
        },
      },
    })
    interface Status {
      readonly succeeded?: number
      readonly failed?: number
      readonly active?: number
      readonly completionTime?: string
      readonly conditions?: {
        readonly type: string
        readonly status: string
        readonly reason?: string
      }[]
    }
    const job = await until(condition, async () => {
      const found = await target().admin.get<Found>(resources.JOBS, key(name))
      return (found['status'] as Status).conditions?.some(({ type }) => type === condition)
        ? found
        : undefined
    })
    const status = job['status'] as Status
    expect([status.succeeded ?? 0, status.failed ?? 0, status.active ?? 0]).toEqual(
      name === 'succeeds' ? [1, 0, 0] : [0, 1, 0],
    )
    expect(status.completionTime !== undefined).toBe(name === 'succeeds')
    if (name === 'fails')
      expect(status.conditions?.find(({ type }) => type === 'Failed')?.reason).toBe(
        'BackoffLimitExceeded',
      )
    const { items } = await target().admin.list<Pod>(PODS, {
      namespace,
      labelSelector: `job-name=${name}`,
    })
    expect(items).toHaveLength(1)
    expect(items[0]?.metadata.name).toMatch(
      new RegExp(`^${name}-[bcdfghjklmnpqrstvwxz2456789]{5}$`),
    )
    expect(items[0]?.metadata.labels).toMatchObject({
      'controller-uid': job.metadata.uid,
      'job-name': name,
    })
  })

  check('a pod that fits nowhere: why', async () => {
    await create(PODS, { metadata: { namespace, name: 'nowhere' }, spec: NOWHERE })
    const pod = await until('a condition', async () => {
      const found = await target().admin.get<Pod>(PODS, key('nowhere'))
      return found.status?.conditions?.[0] === undefined ? undefined : found
    })
    const { type, status, reason } = pod.status?.conditions?.[0] ?? {}
    expect([pod.status?.phase, type, status, reason]).toEqual([
      'Pending',
      'PodScheduled',
      'False',
      'Unschedulable',
    ])
  })

  check('a DaemonSet has a pod on the node', async () => {
    await create(resources.DAEMONSETS, {
      metadata: { namespace, name: 'ds' },
      spec: {
        selector: { matchLabels: { app: 'ds' } },
        template: {
          metadata: { labels: { app: 'ds' } },
          spec: {
            hostNetwork: true,
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 0,
            containers: [shell('main', 'sleep 1000')],
          },
        },
      },
    })
    const pod = await until('its pod', async () =>
      (await target().admin.list<Pod>(PODS, { namespace, labelSelector: 'app=ds' })).items.find(
        ({ spec }) => spec.nodeName === target().facts.nodeName,
      ),
    )
    expect(Object.keys(pod.metadata.labels ?? {}).toSorted()).toEqual([
      'app',
      'controller-revision-hash',
      'pod-template-generation',
    ])
    expect(pod.spec.tolerations?.map(({ key }) => key).toSorted()).toEqual(
      [
        'disk-pressure',
        'memory-pressure',
        'network-unavailable',
        'not-ready',
        'pid-pressure',
        'unreachable',
        'unschedulable',
      ].map((name) => `node.kubernetes.io/${name}`),
    )
  })

  check(
    'a claim that waits gets its volume when a pod that uses it has found its node',
    async () => {
      const [later, gone] = [`later-${namespace}`, `gone-${namespace}`]
      const accessModes = ['ReadWriteOnce']
      const claim = (name: string, storageClassName: string): object => ({
        metadata: key(name),
        spec: { storageClassName, accessModes, resources: { requests: { storage: '1Gi' } } },
      })
      const user = (claimName: string): object => ({
        metadata: key(`uses-${claimName}`),
        spec: {
          automountServiceAccountToken: false,
          containers: [shell('main', 'sleep 1000')],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
        },
      })
      const told = (name: string, reason: string): Promise<string> =>
        until(`${reason} of ${name}`, async () => {
          const { items } = await target().admin.list<Found>(resources.EVENTS, { namespace })
          const about = items.find(
            (one) =>
              one['reason'] === reason && (one['involvedObject'] as { name: string }).name === name,
          )
          return about?.['message'] as string | undefined
        })
      await create(resources.STORAGECLASSES, {
        metadata: { name: later },
        provisioner: 'kubernetes.io/no-provisioner',
        volumeBindingMode: 'WaitForFirstConsumer',
      })
      await create(resources.PERSISTENTVOLUMES, {
        metadata: { name: later },
        spec: {
          storageClassName: later,
          accessModes,
          capacity: { storage: '2Gi' },
          hostPath: { path: '/tmp', type: '' },
        },
      })
      try {
        await create(resources.PERSISTENTVOLUMECLAIMS, claim('lazy', later))
        await create(resources.PERSISTENTVOLUMECLAIMS, claim('never', gone))
        expect(await told('lazy', 'WaitForFirstConsumer')).toBe(
          'waiting for first consumer to be created before binding',
        )
        for (const name of ['lazy', 'never', 'absent']) await create(PODS, user(name))
        const placed = await until('its node', async () => {
          const found = await target().admin.get<Pod>(PODS, key('uses-lazy'))
          return found.spec.nodeName === undefined ? undefined : found
        })
        const bound = await target().admin.get<Found>(resources.PERSISTENTVOLUMECLAIMS, key('lazy'))
        expect((bound['spec'] as { volumeName: string }).volumeName).toBe(later)
        expect(placed.spec.nodeName).toBe(target().facts.nodeName)
        expect(await told('uses-never', 'FailedScheduling')).toContain(
          'pod has unbound immediate PersistentVolumeClaims',
        )
        expect(await told('uses-absent', 'FailedScheduling')).toContain(
          'persistentvolumeclaim "absent" not found',
        )
      } finally {
        await target().admin.delete(PODS, key('uses-lazy'), { gracePeriodSeconds: 0 })
        await target().admin.delete(resources.PERSISTENTVOLUMES, { name: later })
        await target().admin.delete(resources.STORAGECLASSES, { name: later })
      }
    },
  )

  check('a namespace that is deleted: nothing new, then nothing at all', async () => {
    const name = `${namespace}-end`
    await create(NAMESPACES, { metadata: { name } })
    await create(CONFIGMAPS, {
      metadata: { namespace: name, name: 'held', finalizers: ['example.com/hold'] },
    })
    await target().admin.delete(NAMESPACES, { name })
    const found = await target().admin.get<Found>(NAMESPACES, { name })
    expect((found['status'] as { phase: string }).phase).toBe('Terminating')
    await expect(
      create(CONFIGMAPS, { metadata: { namespace: name, name: 'late' } }),
    ).rejects.toThrow(
      `unable to create new content in namespace ${name} because it is being terminated`,
    )
    const conditions = await until('what keeps it', async () => {
      const { status } = await target().admin.get<Found>(NAMESPACES, { name })
      const list = (
        status as {
          conditions?: { type: string; status: string; reason: string; message: string }[]
        }
      ).conditions
      return list?.some(
        ({ type, status: is }) => type === 'NamespaceFinalizersRemaining' && is === 'True',
      )
        ? list
        : undefined
    })
    answers.check(
      target(),
      'what keeps a namespace',
      tidy(
        conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
      ),
    )
    await target().admin.patch(
      CONFIGMAPS,
      { namespace: name, name: 'held' },
      { metadata: { finalizers: null } },
      'merge',
    )
    await until('its end', async () =>
      (await target()
        .admin.get(NAMESPACES, { name })
        .then(
          () => false,
          () => true,
        ))
        ? true
        : undefined,
    )
  })
})

const pick = (object: KubeObject | undefined): unknown => {
  const { labels, annotations, ownerReferences, generateName } = object?.metadata ?? {}
  return { labels, annotations, ownerReferences, generateName }
}
