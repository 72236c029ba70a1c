import { expect, test } from 'vitest'
import type { ContainerFilter } from './filter.ts'
import { createFilter } from './filter.ts'
import { indexPods, parsePodList } from './workload.ts'

const NOW = Date.parse('2026-01-12T09:30:00Z')

const finished = (phase: string, finishedAt: string): object => ({
  metadata: { name: phase, namespace: 'n', uid: phase + finishedAt },
  spec: { containers: [] },
  status: {
    phase,
    containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 0, finishedAt } } }],
  },
})

test('finished pods are dropped after a quarter of an hour and counted; running ones never', () => {
  const list = {
    items: [
      finished('Succeeded', '2026-01-12T09:14:59Z'),
      finished('Failed', '2026-01-12T09:15:01Z'),
      finished('Running', '2026-01-01T00:00:00Z'),
    ],
  }
  const workload = indexPods(parsePodList(JSON.stringify(list)), NOW)
  expect(workload.expired).toBe(1)
  expect(workload.pods.map(({ phase }) => phase)).toEqual(['Failed', 'Running'])
})

test('a container without an id is not known yet', () => {
  const item = {
    metadata: { name: 'p', namespace: 'n', uid: 'u' },
    spec: { containers: [] },
    status: { containerStatuses: [{ name: 'a', state: { waiting: {} } }] },
  }
  expect(
    indexPods(parsePodList(JSON.stringify({ items: [item] })), NOW).pods[0]?.containers,
  ).toEqual([])
})

test('what is no pod in a list is left out; what is no list is an error', () => {
  expect(parsePodList('{"items":[null,{},{"metadata":{"name":"a"}},7]}')).toEqual([])
  expect(() => parsePodList('{"items":null}')).toThrow('the pod list has no items')
  expect(() => parsePodList('Unauthorized')).toThrow()
})

const filter = (exclude: string[], include: string[] = []): ContainerFilter =>
  createFilter({ include, exclude, excludePauseContainers: true })
const container = { name: 'web', image: 'nginx:1', namespace: 'shop' }

test.each<
  [
    string,
    ContainerFilter,
    Partial<typeof container> & { annotations?: Record<string, string> },
    boolean,
  ]
>([
  ['a pause container', filter([]), { image: 'registry.k8s.io/pause:3.10' }, true],
  ['a pause container by its old name', filter([]), { image: 'k8s.gcr.io/pause-amd64:3.1' }, true],
  ['anything else', filter([]), {}, false],
  ['an image that is excluded whatever its tag', filter(['image:^nginx$']), {}, true],
  ['an image that only begins alike', filter(['image:^nginx$']), { image: 'nginx-unit:1' }, false],
  ['a namespace that is excluded', filter(['kube_namespace:^shop$']), {}, true],
  [
    'a name that is included before it is excluded',
    filter(['kube_namespace:.*'], ['name:^web$']),
    {},
    false,
  ],
  [
    'an annotation beats the include list',
    filter([], ['name:web']),
    { annotations: { 'ad.datadoghq.com/web.exclude': 'true' } },
    true,
  ],
  [
    "another container's annotation",
    filter([]),
    { annotations: { 'ad.datadoghq.com/db.exclude': 'true' } },
    false,
  ],
])('%s', (_, rules, more, excluded) => {
  expect(rules.excludes({ ...container, ...more })).toBe(excluded)
})

test('an entry that says nothing is warned about', () => {
  const warnings: string[] = []
  createFilter(
    { include: ['pod:x'], exclude: ['name:('], excludePauseContainers: false },
    (text) => void warnings.push(text),
  )
  expect(warnings).toEqual([
    'Container filter pod:x is not recognized, ignoring it',
    `invalid regex '(' in a container filter, ignoring it`,
  ])
})
