import { expect, test } from 'vitest'
import type { Container } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import { createRecord, type ContainerList } from './container-record.ts'
import { attachments, podResources } from './status-resources.ts'

const container = (
  cpu: string | undefined,
  memory?: string,
  more: Partial<Container> = {},
): Container => ({
  name: 'x',
  image: 'busybox',
  resources: { requests: { ...(cpu ? { cpu } : {}), ...(memory ? { memory } : {}) } },
  ...more,
})
const requestsOf = (containers: Container[], initContainers: Container[] = []) =>
  podResources({ metadata: {}, spec: { containers, initContainers } }).allocatedResources

test('a pod has the sum of its containers, in the words of their specs', () => {
  expect(requestsOf([container('0.1', '100M')])).toEqual({ cpu: '0.1', memory: '100M' })
  expect(requestsOf([container('600m', '1Gi'), container('400m', '512Mi')])).toEqual({
    cpu: '1',
    memory: '1536Mi',
  })
  const none = { name: 'x', image: 'busybox' }
  expect(podResources({ metadata: {}, spec: { containers: [none] } })).toEqual({})
})

test('sidecars count beside the containers, an init container instead of them', () => {
  const sidecar = container('100m', undefined, { restartPolicy: 'Always' })
  expect(requestsOf([container('300m')], [sidecar])).toEqual({ cpu: '400m' })
  expect(requestsOf([container('300m')], [sidecar, container('350m')])).toEqual({ cpu: '450m' })
})

test('a container shows its mounts always, what it has of the node when it exists', () => {
  const volumeMounts = [
    { name: 'a', mountPath: '/a' },
    { name: 'b', mountPath: '/b', readOnly: true, subPath: 'c' },
  ]
  const shown = (list: ContainerList, exists: boolean, more: Partial<Container> = {}): object => {
    const record = createRecord(container('1', undefined, { volumeMounts, ...more }), list)
    if (exists) record.info = { id: 'x', phase: 'running' } as ContainerInfo
    return attachments(record)
  }
  const mounts = {
    volumeMounts: [
      { name: 'a', mountPath: '/a' },
      { name: 'b', mountPath: '/b', readOnly: true, recursiveReadOnly: 'Disabled' },
    ],
  }
  expect(shown('containers', false)).toEqual(mounts)
  const amounts = { allocatedResources: { cpu: '1' }, resources: { requests: { cpu: '1' } } }
  expect(shown('containers', true)).toMatchObject({ ...mounts, ...amounts })
  expect(shown('initContainers', true, { restartPolicy: 'Always' })).toMatchObject(amounts)
  expect(shown('initContainers', true)).not.toHaveProperty('resources')
  expect(shown('initContainers', true)).toHaveProperty('user.linux.uid', process.getuid?.())
})
