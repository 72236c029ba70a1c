import { expect, test } from 'vitest'
import type { Node, Pod } from '../../../kube/index.ts'
import { chooseNode, loadsOf, type Choice } from './choose-node.ts'
import { podRequests } from './requests.ts'

const node = (name: string, cpu: string, more: Partial<Node> = {}): Node => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
  status: { allocatable: { cpu, memory: '4Gi', pods: '10' } },
  ...more,
})

function pod(name: string, cpu: string, more: Partial<Pod['spec']> = {}, app = 'web'): Pod {
  const resources = { requests: { cpu } }
  return {
    metadata: { name, namespace: 'shop', labels: { app } },
    spec: { containers: [{ name: 'c', image: 'x', resources }], ...more },
  }
}

const choose = (one: Pod, nodes: Node[], placed: Pod[] = []): Choice =>
  chooseNode(
    one,
    loadsOf(nodes, placed, (other) => other.spec.nodeName),
  )

test('a pod goes where it fits and where there is most room', () => {
  const busy = pod('busy', '1500m', { nodeName: 'a' })
  const nodes = [node('a', '2'), node('b', '2')]
  expect(choose(pod('p', '1'), nodes, [busy])).toEqual({ ok: true, node: 'b' })
  expect(choose(pod('p', '1'), nodes)).toEqual({ ok: true, node: 'a' })
  const ended: Pod = { ...busy, status: { phase: 'Succeeded' } }
  expect(choose(pod('p', '1800m'), [node('a', '2')], [ended])).toMatchObject({ ok: true })
})

test('says why it fits nowhere as kube-scheduler does', () => {
  const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]
  const nodes = [node('a', '1'), node('b', '1'), node('c', '8', { spec: { taints } })]
  expect(choose(pod('p', '2'), nodes)).toEqual({
    ok: false,
    message:
      '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. ' +
      'no new claims to deallocate, preemption: 0/3 nodes are available: ' +
      '3 Preemption is not helpful for scheduling.',
  })
  const busy = pod('busy', '500m', { nodeName: 'a' })
  expect(choose(pod('p', '1'), nodes.slice(0, 1), [busy])).toMatchObject({
    message: expect.stringContaining('1 No preemption victims found for incoming pod.') as string,
  })
  expect(choose(pod('p', '1'), [])).toEqual({
    ok: false,
    message: 'no nodes available to schedule pods',
  })
})

test('a node is full with its number of pods, or with a host port', () => {
  const status = { allocatable: { cpu: '8', memory: '4Gi', pods: '1' } }
  const taken = pod('taken', '1', { nodeName: 'a' })
  expect(choose(pod('p', '1'), [node('a', '8', { status })], [taken])).toMatchObject({
    message: expect.stringContaining('1 Too many pods.') as string,
  })
  const ports = [{ containerPort: 80, hostPort: 80 }]
  const containers = [{ name: 'c', image: 'x', ports }]
  const holder = pod('holder', '1', { nodeName: 'a', containers })
  expect(choose(pod('p', '1', { containers }), [node('a', '8')], [holder])).toMatchObject({
    message: expect.stringContaining("1 node(s) didn't have free ports") as string,
  })
})

test('pods keep together or apart by host name', () => {
  const term = (app: string): object => ({
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  })
  const nodes = [node('a', '8'), node('b', '8')]
  const db = pod('db', '1', { nodeName: 'b' }, 'db')
  const near = pod('p', '1', { affinity: { podAffinity: term('db') } })
  expect(choose(near, nodes, [db])).toEqual({ ok: true, node: 'b' })
  expect(choose(near, nodes).ok).toBe(false)
  const apart = pod('p', '1', { affinity: { podAntiAffinity: term('web') } })
  expect(choose(apart, nodes, [pod('w', '1', { nodeName: 'a' })])).toEqual({ ok: true, node: 'b' })
  const proud = pod('w', '1', { nodeName: 'a', affinity: { podAntiAffinity: term('web') } })
  expect(choose(pod('p', '1'), nodes, [proud])).toEqual({ ok: true, node: 'b' })
  const first = pod('p', '1', { affinity: { podAffinity: term('web') } })
  expect(choose(first, nodes).ok).toBe(true)
})

test('an init container counts when it asks for more; sidecars and overhead are added', () => {
  const container = (cpu: string, more: object = {}): never =>
    ({ name: cpu, image: 'x', resources: { requests: { cpu } }, ...more }) as never
  const sidecar = container('100m', { restartPolicy: 'Always' })
  const spec = { initContainers: [sidecar, container('3')], containers: [container('1')] }
  expect(podRequests({ metadata: {}, spec })['cpu']).toBe(3100)
  const more = { ...spec, containers: [container('4')], overhead: { cpu: '50m' } }
  expect(podRequests({ metadata: {}, spec: more })['cpu']).toBe(4150)
})
