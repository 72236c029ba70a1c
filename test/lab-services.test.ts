import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemCode, waitFor } from '../src/core/index.ts'
import {
  NODES,
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  PODS,
  SERVICES,
  STATEFULSETS,
  isPodReady,
  type KubeClient,
  type Node,
  type PersistentVolumeClaim,
  type Pod,
  type Service,
  type StatefulSet,
} from '../src/kube/index.ts'
import { startLab, type RunningLab } from './helpers/running-lab.ts'

/** What a lab has of a cluster's network and disks: Services that can be reached, claims that are bound. */

let lab: RunningLab
let host: KubeClient
let virtual: KubeClient

beforeAll(async () => {
  lab = await startLab(['--sync-nodes'])
  ;({ host, virtual } = lab)
}, 120_000)
afterAll(() => lab[Symbol.asyncDispose](), 60_000)

const eventually = <T>(what: string, look: () => Promise<T | undefined>): Promise<T> =>
  waitFor(what, look, { timeoutMs: 15_000, intervalMs: 25 })

test('a vcluster is a StatefulSet with a volume, reached through its Service', async () => {
  const place = { namespace: 'vcluster-k8s1', name: 'k8s1' }
  const set = await host.get<StatefulSet>(STATEFULSETS, place)
  expect(set.status).toMatchObject({ replicas: 1, readyReplicas: 1 })
  const claim = await host.get<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS, {
    namespace: place.namespace,
    name: 'data-k8s1-0',
  })
  expect(claim.status).toMatchObject({ phase: 'Bound', capacity: { storage: '5Gi' } })
  const service = await host.get<Service>(SERVICES, place)
  const inside = await virtual.get<Service>(SERVICES, { namespace: 'default', name: 'kubernetes' })
  expect(inside.spec.clusterIP).toBe(service.spec.clusterIP)
  expect(inside.spec.ports?.[0]?.port).toBe(service.spec.ports?.[0]?.port)
})

test('with --sync-nodes a virtual node is a copy of the host’s, at an address of its own Service', async () => {
  const [real, copy] = await Promise.all(
    [host, virtual].map((client) => client.get<Node>(NODES, { name: 'minikube' })),
  )
  expect(copy?.status?.capacity).toEqual(real?.status?.capacity)
  const service = await host.get<Service>(SERVICES, {
    namespace: 'vcluster-k8s1',
    name: 'k8s1-node-minikube',
  })
  const address = copy?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
  expect(address).toBe(service.spec.clusterIP)
})

test('a Service of a vcluster leads to its pods at one address on both sides, and to nobody without them', async () => {
  const key = { namespace: 'test-app', name: 'web' }
  const ports = [{ name: 'http', port: 8080, targetPort: 80 }]
  await virtual.create<Service>(SERVICES, {
    metadata: key,
    spec: { selector: { app: 'simple-app' }, ports },
  })
  const onHost = await eventually('the Service on the host', async () => {
    const all = (await host.list<Service>(SERVICES)).items
    return all.find(({ metadata }) => metadata.name === 'web-x-test-app-x-k8s1')
  })
  const url = `http://${onHost.spec.clusterIP}:8080/`
  const answer = await eventually('an answer', () => fetch(url).catch(() => undefined))
  expect(await answer.text()).toContain('nginx')
  const { spec } = await virtual.get<Service>(SERVICES, key)
  expect(spec.clusterIP).toBe(onHost.spec.clusterIP)

  await virtual.patch(SERVICES, key, { spec: { selector: { app: 'nobody' } } }, 'merge')
  // A connection of its own: those that are there go on.
  await eventually('nobody', async () => {
    const socket = connect(8080, onHost.spec.clusterIP)
    const refusal = refused(socket)
    const [end] = (await Promise.race([once(socket, 'connect').catch(() => refusal), refusal])) as [
      unknown,
    ]
    socket.destroy()
    return end === 'ECONNREFUSED' || undefined
  })
})

const refused = async (socket: Socket): Promise<[unknown]> =>
  new Promise((resolve) => socket.on('error', (error) => resolve([systemCode(error)])))

test('a claim is bound to a new folder of the node, kept while a pod uses it, and goes with its volume', async () => {
  const key = { namespace: 'default', name: 'data' }
  await host.create(PERSISTENTVOLUMECLAIMS, {
    metadata: key,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  })
  const user = { namespace: 'default', name: 'user' }
  await host.create<Pod>(PODS, {
    metadata: user,
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'app', image: 'nginx:alpine', volumeMounts: [{ name: 'v', mountPath: '/data' }] },
      ],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }],
    },
  })
  await eventually('the pod', async () => isPodReady(await host.get<Pod>(PODS, user)) || undefined)
  await host.delete(PERSISTENTVOLUMECLAIMS, key)
  const kept = await host.get<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS, key)
  expect(kept.metadata.deletionTimestamp).toBeDefined()
  const name = String(kept.spec['volumeName'])
  await host.delete(PODS, user)
  await eventually('the volume’s end', async () => {
    const { items } = await host.list(PERSISTENTVOLUMES)
    return items.every(({ metadata }) => metadata.name !== name) || undefined
  })
})
