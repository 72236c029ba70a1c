import { waitFor } from '../../src/core/index.ts'
import { onEachExchange } from './each-exchange.ts'
import { APPLY, MERGE, type Exchange } from './exchange.ts'
import type { Target } from './target.ts'

/** Server-side apply of custom resources: how lists and maps merge is what their definition's schema says. */

const GROUP = '{ns}.example.com'
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const PATH = `/apis/${GROUP}/v1/namespaces/{ns}/widgets`

const text = { type: 'string' }
const list = (items: object, more: object): object => ({ type: 'array', items, ...more })
const map = { type: 'object', additionalProperties: text }
const spec = {
  type: 'object',
  properties: {
    size: { type: 'integer' },
    ports: list(
      {
        type: 'object',
        required: ['port'],
        properties: {
          port: { type: 'integer' },
          protocol: { ...text, default: 'TCP' },
          name: text,
        },
      },
      {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['port', 'protocol'],
      },
    ),
    tags: list(text, { 'x-kubernetes-list-type': 'set' }),
    words: list(text, { 'x-kubernetes-list-type': 'atomic' }),
    plain: list(text, {}),
    labels: map,
    selector: { ...map, 'x-kubernetes-map-type': 'atomic' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
}
const DEFINITION = {
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
      },
    ],
  },
}

async function define(target: Target, namespace: string): Promise<void> {
  const fill = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll('{ns}', namespace)) as T
  const { admin } = target
  const answer = await admin.raw('POST', DEFINITIONS, { body: fill(DEFINITION) })
  if (answer.status !== 201) throw new Error(answer.body.toString())
  await waitFor(
    'the kind to be served',
    async () => {
      const { status } = await admin.raw('GET', fill(PATH))
      return status === 200 ? true : undefined
    },
    { timeoutMs: 20_000 },
  )
}

const apply = (title: string, manager: string, spec: object, force = ''): Exchange => ({
  title,
  method: 'PATCH',
  path: `${PATH}/w?fieldManager=${manager}${force}`,
  body: { apiVersion: `${GROUP}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec },
  type: APPLY,
  keep: 'managedFields',
})

onEachExchange(
  'custom-resources',
  [
    apply('one applies all', 'one', {
      size: 1,
      ports: [{ port: 80, name: 'web' }, { port: 81 }],
      tags: ['a', 'b'],
      words: ['x', 'y'],
      plain: ['p'],
      labels: { a: '1' },
      selector: { a: '1' },
      free: { deep: { list: [1], a: 1 } },
    }),
    apply('another adds to what merges', 'two', {
      ports: [{ port: 80, protocol: 'UDP' }],
      tags: ['c', 'b'],
      labels: { b: '2' },
    }),
    apply('another may not change what is one', 'two', {
      words: ['z'],
      plain: ['q'],
      selector: { b: '2' },
      labels: { a: '2' },
      ports: [{ port: 80, protocol: 'TCP', name: 'other' }],
    }),
    apply('by force', 'two', { words: ['z'], selector: { b: '2' } }, '&force=true'),
    apply('what is no longer applied goes, item by item', 'one', {
      size: 1,
      ports: [{ port: 81 }],
      tags: ['a'],
      labels: { a: '1' },
      free: { deep: {} },
    }),
    apply('an item twice', 'one', { ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] }),
    apply('a value twice', 'one', { tags: ['a', 'a'] }),
    apply('a field that the schema does not know', 'one', { colour: 'red' }),
    {
      title: 'a merge patch owns what it changes',
      method: 'PATCH',
      path: `${PATH}/w?fieldManager=three`,
      body: { spec: { tags: ['a', 'd'], words: ['w'], labels: { c: '3' } } },
      type: MERGE,
      keep: 'managedFields',
    },
    { title: 'the definition goes', method: 'DELETE', path: `${DEFINITIONS}/widgets.${GROUP}` },
  ],
  define,
)
