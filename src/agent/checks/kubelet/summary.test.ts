import { expect, test } from 'vitest'
import {
  codes,
  expectedOf,
  numberIn,
  sentRow,
  sentRows,
} from '../../../../test/helpers/agent-expected.ts'
import {
  fakeTagger,
  fixture,
  runProvider,
  type Setting,
} from '../../../../test/helpers/agent-provider.ts'
import { DEFAULT_INSTANCE } from './instance.ts'
import { indexPods, parsePodList } from '../../store/workload.ts'
import { summary } from './summary.ts'

const EXPECTED = expectedOf('summary.json')
const TEXT = fixture('datadog/summary.json')

interface Stats {
  pods: {
    podRef: { name: string; namespace: string; uid: string }
    containers: { name: string }[]
  }[]
}
const PODS = (JSON.parse(TEXT) as Stats).pods

/** The page's pod store. The names are others than the summary's on purpose: only uids matter. */
const STORE = EXPECTED.table('pod uid', 'phase').map(([uid = '', phase = '', containers = '']) => ({
  uid: codes(uid)[0] ?? '',
  phase,
  containers: [...containers.matchAll(/([\w-]+) → `([^`]+)`/g)].map(([, name = '', id = '']) => ({
    name,
    id,
  })),
}))

const POD_LIST = JSON.stringify({
  items: STORE.map(({ uid, phase, containers }) => ({
    metadata: { name: 'other-name', namespace: 'other', uid },
    spec: { containers: [] },
    status: {
      phase,
      containerStatuses: containers.map(({ name, id }) => ({
        name,
        image: `${name}:1`,
        imageID: '',
        containerID: `docker://${id}`,
        restartCount: 0,
        state: {},
        lastState: {},
      })),
    },
  })),
})

const POD_COLUMNS = EXPECTED.header('metric', 'type', '`app:datadog-agent`').slice(2)
const POD_TAGS = POD_COLUMNS.map((column) => codes(column)[0] ?? '')

const containerTags = (name: string, podRef = refOf(name)): string[] => [
  `kube_namespace:${podRef?.namespace ?? ''}`,
  `pod_name:${podRef?.name ?? ''}`,
  `kube_container_name:${name}`,
]
const refOf = (name: string): Stats['pods'][number]['podRef'] | undefined =>
  PODS.find(({ containers }) => containers.some((one) => one.name === name))?.podRef

/** All of the store have tags, also what the summary does not know. */
const FAKE = Object.fromEntries(
  STORE.flatMap(({ uid, containers }, at) => [
    [uid, [POD_TAGS[at] ?? '']],
    ...containers.map(({ name, id }) => [id, containerTags(name)] as const),
  ]),
)

const SETTING: Setting = {
  workload: indexPods(parsePodList(POD_LIST), 0),
  tagger: fakeTagger(FAKE),
  instance: {
    useStatsSummaryAsSource: true,
    enabledRates: [...DEFAULT_INSTANCE.enabledRates, '(broken'],
  },
  answers: { '/stats/summary': TEXT },
}

const typeOf = (cell: string): 'gauge' | 'rate' => {
  if (cell !== 'gauge' && cell !== 'rate') throw new Error(cell)
  return cell
}

/** A table with one column per owner. */
const columns = (rows: readonly (readonly string[])[], tags: readonly string[][]): string[] =>
  rows.flatMap(([metric, type = '', ...values]) =>
    values.map((value, at) =>
      sentRow(typeOf(type), codes(metric)[0] ?? '', numberIn(value), tags[at] ?? []),
    ),
  )

test('as the source of everything the summary gives each row of the three tables, and nothing else', async () => {
  const { calls } = await runProvider(summary, SETTING)
  const node = EXPECTED.table('metric', 'type', 'value', 'from').map(
    ([metric, type = '', value = '']) =>
      sentRow(typeOf(type), codes(metric)[0] ?? '', numberIn(value), []),
  )
  const names = EXPECTED.header('metric', 'type', 'agent').slice(2)
  expect(sentRows(calls)).toEqual(
    [
      ...node,
      ...columns(
        EXPECTED.table('metric', 'type', '`app:datadog-agent`'),
        POD_TAGS.map((tag) => [tag]),
      ),
      ...columns(
        EXPECTED.table('metric', 'type', 'agent'),
        names.map((name) => containerTags(name)),
      ),
    ].sort(),
  )
  const sent = (call: string): number => calls.filter((one) => one.call === call).length
  expect(sent('gauge')).toBe(EXPECTED.number(/\*\*(\d+) gauge\*\*/))
  expect(sent('rate')).toBe(EXPECTED.number(/\*\*(\d+) rate\*\*/))
})

test('by default only the node, system containers and ephemeral storage come from the summary', async () => {
  const { calls } = await runProvider(summary, { ...SETTING, instance: {} })
  expect(calls).toHaveLength(12)
  expect(calls.every(({ call }) => call === 'gauge')).toBe(true)
})

test("a 401 is an error in the Agent's words, and nothing is sent", async () => {
  const answers = { '/stats/summary': { status: 401, body: 'Unauthorized' } }
  await expect(runProvider(summary, { ...SETTING, answers })).rejects.toThrow(
    `couldn't fetch "statssummary": unexpected status code 401 on https://10.0.0.5:10250/stats/summary: Unauthorized`,
  )
})

test('a pod that the pod list does not know is logged and left out', async () => {
  const { calls, logged } = await runProvider(summary, { ...SETTING, workload: indexPods([], 0) })
  expect(calls).toHaveLength(10)
  expect(logged.filter((line) => line.includes('is not in the pod list'))).toHaveLength(2)
})

interface Whole {
  node: { fs: Record<string, number>; systemContainers: object[] }
  pods: (Record<string, unknown> & {
    containers: (Record<string, Record<string, number>> | null)[]
  })[]
}

/** What is no longer sent when the summary is changed like this. */
async function lostBy(change: (summary: Whole) => unknown): Promise<string[]> {
  const rowsOf = async (body: string): Promise<string[]> => {
    const answers = { '/stats/summary': body }
    return sentRows((await runProvider(summary, { ...SETTING, answers })).calls)
  }
  const changed = JSON.parse(TEXT) as Whole
  change(changed)
  const [before, after] = [await rowsOf(TEXT), await rowsOf(JSON.stringify(changed))]
  expect(after.filter((row) => !before.includes(row))).toEqual([])
  return before
    .filter((row) => !after.includes(row))
    .map((row) => row.split(' ')[1]?.replace('kubernetes.', '') ?? '')
}

test.each<[string, (summary: Whole) => unknown, string[]]>([
  [
    'a value of a container',
    ({ pods }) => delete pods[0]?.containers[0]?.['memory']?.['workingSetBytes'],
    ['memory.working_set'],
  ],
  ['the capacity', ({ node }) => delete node.fs['capacityBytes'], ['node.filesystem.usage_pct']],
  [
    "a pod's network",
    ({ pods }) => delete pods[0]?.['network'],
    ['network.rx_bytes', 'network.tx_bytes'],
  ],
  [
    'the system containers',
    ({ node }) => (node.systemContainers = []),
    [
      'kubelet.cpu.usage',
      'kubelet.memory.rss',
      'kubelet.memory.usage',
      'runtime.cpu.usage',
      'runtime.memory.rss',
      'runtime.memory.usage',
    ],
  ],
  [
    'all of what is no pod and no container',
    ({ pods }) => {
      pods[0]?.containers.unshift(null)
      pods.unshift(null as never, {} as never, { containers: [{}] })
    },
    [],
  ],
])('what is missing costs itself and nothing else: %s', async (_, change, lost) => {
  expect((await lostBy(change)).sort()).toEqual(lost)
})
