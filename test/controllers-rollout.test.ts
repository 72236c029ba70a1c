import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NAMESPACES, NODES, SERVICEACCOUNTS, STORAGECLASSES } from '../src/kube/index.ts'
import { waitFor } from '../src/core/index.ts'
import { standardClass, volumeController } from '../src/lab/volumes/index.ts'
import { startCluster, type TestCluster } from './helpers/cluster.ts'
import { createKubectl, hasKubectl, type Kubectl } from './helpers/kubectl.ts'
import { playKubelet } from './helpers/play-kubelet.ts'

let cluster: TestCluster
let kubelet: AsyncDisposable
let kubectl: Kubectl

beforeAll(async () => {
  const controllers = [
    'serviceaccount',
    'namespace',
    'replicaset',
    'deployment',
    'daemonset',
    'statefulset',
    'scheduler',
    'garbage-collector',
  ] as const
  cluster = await startCluster({ controllers, more: [volumeController({ nodeRoots: [] })] })
  kubectl = await createKubectl(await cluster.api.kubeconfig())
  kubelet = playKubelet(cluster.admin)
  const status = { allocatable: { cpu: '8', memory: '16Gi', pods: '110' } }
  for (const name of ['n1', 'n2']) {
    await cluster.admin.create(NODES, { metadata: { name }, status })
  }
  await cluster.admin.create(STORAGECLASSES, standardClass())
  await cluster.admin.create(NAMESPACES, { metadata: { name: 'shop' } })
  await waitFor(
    'the default account',
    () =>
      cluster.admin
        .get(SERVICEACCOUNTS, { namespace: 'shop', name: 'default' })
        .catch(() => undefined),
    { timeoutMs: 5000, intervalMs: 10 },
  )
})
afterAll(async () => {
  await kubelet[Symbol.asyncDispose]()
  await kubectl[Symbol.asyncDispose]()
  await cluster[Symbol.asyncDispose]()
})

const json = JSON.stringify
const template = (app: string, image: string): unknown => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'c', image }] },
})

describe.skipIf(!hasKubectl())('rollouts with the real kubectl', () => {
  test('a Deployment: create, update, history, undo, pause, scale, delete', async () => {
    const web = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: 'web' } },
        template: template('web', 'web:1'),
      },
    }
    await kubectl('create -f -', json(web))
    expect(await kubectl('-n shop rollout status deployment/web --timeout=20s')).toContain(
      'deployment "web" successfully rolled out',
    )
    await kubectl('-n shop set image deployment/web c=web:2')
    await kubectl('-n shop annotate deployment/web kubernetes.io/change-cause=second')
    await kubectl('-n shop rollout status deployment/web --timeout=20s')
    const history = await kubectl('-n shop rollout history deployment/web')
    expect(history).toMatch(/REVISION +CHANGE-CAUSE\n1 +<none>\n2 +second/)
    expect(await kubectl('-n shop rollout history deployment/web --revision=1')).toContain('web:1')
    await kubectl('-n shop rollout undo deployment/web')
    await kubectl('-n shop rollout status deployment/web --timeout=20s')
    const image = '-o jsonpath={.spec.template.spec.containers[0].image}'
    expect(await kubectl(`-n shop get deployment web ${image}`)).toBe('web:1')
    expect(await kubectl('-n shop rollout history deployment/web')).toMatch(/2 +second\n3 +<none>/)
    await kubectl('-n shop rollout restart deployment/web')
    await kubectl('-n shop rollout pause deployment/web')
    await kubectl('-n shop rollout resume deployment/web')
    await kubectl('-n shop rollout status deployment/web --timeout=20s')
    await kubectl('-n shop scale deployment/web --replicas=5')
    await kubectl('-n shop rollout status deployment/web --timeout=20s')
    expect(await kubectl('-n shop get deployment web --no-headers')).toMatch(/^web +5\/5 +5 +5 /)
    expect(await kubectl('-n shop describe deployment web')).toContain('ScalingReplicaSet')
    await kubectl('-n shop delete deployment web --cascade=foreground --timeout=20s')
    expect(await kubectl('-n shop get rs,pods -l app=web --no-headers --ignore-not-found')).toBe('')
  }, 60_000)

  test('a DaemonSet: update, history and undo', async () => {
    const set = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'agent', namespace: 'shop' },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: template('agent', 'agent:1'),
      },
    }
    await kubectl('create -f -', json(set))
    await kubectl('-n shop rollout status daemonset/agent --timeout=20s')
    await kubectl('-n shop set image daemonset/agent c=agent:2')
    await kubectl('-n shop rollout status daemonset/agent --timeout=20s')
    expect(await kubectl('-n shop rollout history daemonset/agent')).toMatch(/1 +<none>\n2 +<none>/)
    await kubectl('-n shop rollout undo daemonset/agent')
    await kubectl('-n shop rollout status daemonset/agent --timeout=20s')
    const images = '-o jsonpath={.items[*].spec.containers[0].image}'
    expect(await kubectl(`-n shop get pods -l app=agent ${images}`)).toBe('agent:1 agent:1')
    expect(await kubectl('-n shop rollout history daemonset/agent')).toMatch(/2 +<none>\n3 +<none>/)
  }, 60_000)

  test('a StatefulSet: names, order, claims, partition', async () => {
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'shop' },
      spec: {
        replicas: 3,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: template('db', 'db:1'),
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }
    await kubectl('create -f -', json(set))
    await kubectl('-n shop rollout status statefulset/db --timeout=20s')
    const names = '-o jsonpath={.items[*].metadata.name}'
    expect(await kubectl(`-n shop get pods -l app=db ${names}`)).toBe('db-0 db-1 db-2')
    expect(await kubectl(`-n shop get pvc ${names}`)).toBe('data-db-0 data-db-1 data-db-2')
    const partition = { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } }
    await kubectl(`-n shop patch statefulset db --type=merge -p ${json(partition)}`)
    await kubectl('-n shop set image statefulset/db c=db:2')
    await kubectl('-n shop rollout status statefulset/db --timeout=20s')
    const images = '-o jsonpath={.items[*].spec.containers[0].image}'
    expect(await kubectl(`-n shop get pods -l app=db ${images}`)).toBe('db:1 db:1 db:2')
    await kubectl('-n shop scale statefulset/db --replicas=1')
    await kubectl('-n shop wait --for=delete pod/db-1 --timeout=20s')
    expect(await kubectl(`-n shop get pods -l app=db ${names}`)).toBe('db-0')
    expect(await kubectl('-n shop get events')).toContain(
      'create Pod db-0 in StatefulSet db successful',
    )
  }, 60_000)
})
