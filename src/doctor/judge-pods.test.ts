import { expect, test } from 'vitest'
import type { Pod } from '../kube/index.ts'
import { hostName, keys } from '../tenants/index.ts'
import type { Finding } from './finding.ts'
import { PAUSES_MS, judgePods, type Look } from './judge-pods.ts'

const base = {
  agent: { vcluster: 'k8s1', namespace: 'datadog', name: 'datadog-agent' },
  url: 'https://127.0.0.1:11250/stats/summary',
}

const pod = (namespace: string, name: string, uid: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace, name, uid },
  spec: { containers: [] },
})

/** A vcluster's control plane, as the chart labels it. */
const controlPlane = (vcluster: string): Pod => {
  const found = pod(`vcluster-${vcluster}`, `${vcluster}-0`, `${vcluster}-control`)
  return {
    ...found,
    metadata: { ...found.metadata, labels: { app: 'vcluster', release: vcluster } },
  }
}

/** The host's side of a virtual pod; its uid is the virtual one's and `-host`. */
const synced = (vcluster: string, name: string, uid: string): Pod => {
  const found = pod(`vcluster-${vcluster}`, hostName(name, 'default', vcluster), `${uid}-host`)
  const labels = { [keys.MANAGED_BY]: vcluster }
  const annotations = {
    [keys.OBJECT_NAME]: name,
    [keys.OBJECT_NAMESPACE]: 'default',
    [keys.OBJECT_UID]: uid,
  }
  return { ...found, metadata: { ...found.metadata, labels, annotations } }
}

const virtualPods = [pod('default', 'web', 'web'), pod('default', 'agent', 'agent')]
const hostPods = [
  controlPlane('k8s1'),
  controlPlane('k8s2'),
  synced('k8s1', 'web', 'web'),
  synced('k8s1', 'agent', 'agent'),
  synced('k8s2', 'web', 'neighbour'),
  pod('kube-system', 'coredns', 'coredns'),
]
/** As `hostPods`, and one whose virtual pod was deleted by force. */
const withLingering = [...hostPods, synced('k8s1', 'gone', 'gone')]

/** The finding after these answers, of which the last one stays, and the pauses that were made. */
async function judge(
  answers: readonly (readonly string[] | Finding)[],
  host: readonly Pod[] | undefined,
): Promise<{ finding: Finding; pauses: number }> {
  let asked = 0
  let pauses = 0
  const finding = await judgePods(
    base,
    () => {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? []
      if ('kind' in answer) return Promise.resolve(answer)
      const look: Look = {
        kind: 'shown',
        uids: answer,
        virtualPods,
        hostPods: () => Promise.resolve(host),
      }
      return Promise.resolve(look)
    },
    () => {
      pauses++
      return Promise.resolve()
    },
  )
  return { finding, pauses }
}

const ALL = PAUSES_MS.length
const OWN = ['web', 'agent']

test.each<[string, readonly (readonly string[])[], readonly Pod[] | undefined, number, number]>([
  ['its own pods', [OWN], hostPods, 0, 0],
  ['its own pods, under the host’s uids', [['web-host', 'agent-host']], hostPods, 0, 0],
  ['an own pod that has just gone', [[...OWN, 'gone'], OWN], hostPods, 0, 1],
  ['own pods that go one after the other', [['a'], ['b'], ['c']], hostPods, 0, 1],
  ['an own pod that is only on the host any more', [[...OWN, 'gone']], withLingering, 0, 0],
  ['a neighbour’s pod', [[...OWN, 'neighbour']], hostPods, 1, 0],
  ['a neighbour’s pod, under the host’s uid', [[...OWN, 'neighbour-host']], hostPods, 1, 0],
  ['the host’s own pods', [['web-host', 'coredns', 'k8s1-control']], hostPods, 2, 0],
  ['a neighbour’s pod in the second answer', [['gone'], ['gone', 'neighbour']], hostPods, 1, 1],
  ['a pod that nobody has, again and again', [[...OWN, 'gone']], hostPods, 1, ALL],
  ['without the host’s pods: an own one that has gone', [['gone'], OWN], undefined, 0, 1],
  ['without the host’s pods: a neighbour’s', [[...OWN, 'neighbour']], undefined, 1, ALL],
  ['where no host pod is the tenant’s for sure', [['gone'], OWN], [controlPlane('k8s1')], 0, 1],
  ['where none is: a neighbour’s', [['neighbour']], [synced('k8s2', 'web', 'neighbour')], 1, ALL],
])('%s: %j', async (_name, answers, host, foreignPods, pauses) => {
  const found = await judge(answers, host)
  expect(found.finding).toMatchObject(
    foreignPods === 0 ? { kind: 'kubelet-answers' } : { kind: 'sees-other-tenants', foreignPods },
  )
  expect(found.pauses).toBe(pauses)
})

test('an endpoint that refuses, at once or later, is what was found', async () => {
  const refused: Finding = { kind: 'kubelet-odd-answer', ...base, status: 500 }
  expect((await judge([refused], hostPods)).finding).toBe(refused)
  expect((await judge([['gone'], refused], hostPods)).finding).toBe(refused)
})
