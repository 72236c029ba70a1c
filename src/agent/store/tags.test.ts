import { describe, expect, test } from 'vitest'
import type { Pod } from '../../kube/objects.ts'
import { splitImage } from './image-name.ts'
import { ownerTags } from './owner-tags.ts'
import { createTagger, mergeTags } from './tags.ts'
import { indexPods } from './workload.ts'

const pod = (more: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: {
    name: 'web-5d4f8c7b6b-x2k4q',
    namespace: 'shop',
    uid: 'u-1',
    labels: { 'app.kubernetes.io/name': 'web', 'tags.datadoghq.com/env': 'prod', other: 'x' },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d4f8c7b6b', uid: 'r' },
    ],
    ...more,
  },
  spec: { containers: [{ name: 'app', image: 'gcr.io/shop/web:1.2' }], priorityClassName: 'high' },
  status: {
    phase: 'Running',
    qosClass: 'Burstable',
    containerStatuses: [
      {
        name: 'app',
        image: 'gcr.io/shop/web:1.2',
        imageID: 'docker-pullable://gcr.io/shop/web@sha256:ab',
        restartCount: 0,
        ready: true,
        containerID: 'docker://c-1',
        state: { running: { startedAt: '2026-01-12T09:00:00Z' } },
        lastState: {},
      },
    ],
  },
})

const LOW = [
  'kube_namespace:shop',
  'pod_phase:running',
  'kube_priority_class:high',
  'kube_qos:Burstable',
  'kube_app_name:web',
  'env:prod',
  'kube_ownerref_kind:replicaset',
  'kube_replica_set:web-5d4f8c7b6b',
  'kube_deployment:web',
]
const POD = ['pod_name:web-5d4f8c7b6b-x2k4q', 'kube_ownerref_name:web-5d4f8c7b6b']
const CONTAINER = [
  'kube_container_name:app',
  'image_name:gcr.io/shop/web',
  'short_image:web',
  'image_tag:1.2',
  'image_id:docker-pullable://gcr.io/shop/web@sha256:ab',
]

test('each cardinality adds to the one before, for pods and for their containers', () => {
  const tagger = createTagger()
  const workload = indexPods([pod()], 0)
  const [stored] = workload.pods
  const container = workload.container('c-1')
  expect(tagger.pod(stored!, 'low')).toEqual(LOW)
  expect(tagger.pod(stored!, 'high')).toEqual([...LOW, ...POD])
  expect(tagger.container(container!, 'low')).toEqual([...LOW, ...CONTAINER])
  expect(tagger.container(container!, 'high')).toEqual([
    ...LOW,
    ...POD,
    ...CONTAINER,
    'container_id:c-1',
    'display_container_name:app_web-5d4f8c7b6b-x2k4q',
  ])
})

describe('owners', () => {
  const of = (kind: string, name: string): string[] => {
    const { low, orchestrator } = ownerTags(
      pod({ ownerReferences: [{ apiVersion: 'v1', kind, name, uid: 'o' }] }),
    )
    return [...low.slice(1), '|', ...orchestrator.slice(1)]
  }
  test.each([
    ['ReplicaSet', 'web-5d4f8c7b6', ['kube_replica_set:web-5d4f8c7b6', 'kube_deployment:web', '|']],
    ['ReplicaSet', 'web-123', ['kube_replica_set:web-123', 'kube_deployment:web', '|']],
    ['ReplicaSet', 'web-abc', ['kube_replica_set:web-abc', '|']],
    ['ReplicaSet', 'plain', ['kube_replica_set:plain', '|']],
    ['DaemonSet', 'agent', ['kube_daemon_set:agent', '|']],
    ['Job', 'backup-28001234', ['kube_cronjob:backup', '|', 'kube_job:backup-28001234']],
    ['Job', 'once', ['kube_job:once', '|']],
    ['Node', 'n', ['|']],
  ])('%s %s', (kind, name, expected) => {
    expect(of(kind, name)).toEqual(expected)
  })
})

test.each([
  ['nginx', { name: 'nginx', short: 'nginx', tag: 'latest' }],
  [
    'gcr.io/datadoghq/agent:7.74.0',
    { name: 'gcr.io/datadoghq/agent', short: 'agent', tag: '7.74.0' },
  ],
  ['localhost:5000/a/b', { name: 'localhost:5000/a/b', short: 'b', tag: 'latest' }],
  ['a/b:1@sha256:00', { name: 'a/b', short: 'b', tag: '1' }],
  ['a/b@sha256:00', { name: 'a/b', short: 'b', tag: '' }],
  ['sha256:00', undefined],
  ['', undefined],
])('image %s', (image, parts) => {
  expect(splitImage(image)).toEqual(parts)
})

test("a pod's tags go before a runtime's of the same key", () => {
  expect(
    mergeTags(['image_name:a', 'x:1', 'x:2'], ['image_name:b', 'container_name:k8s_a']),
  ).toEqual(['image_name:a', 'x:1', 'x:2', 'container_name:k8s_a'])
})
