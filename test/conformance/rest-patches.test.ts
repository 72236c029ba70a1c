import { onEachExchange } from './each-exchange.ts'
import { APPLY, JSON_PATCH, MERGE, STRATEGIC, type Exchange } from './exchange.ts'

/** One Deployment under every kind of patch: the object and its managed fields after each of them. */

const PATH = '/apis/apps/v1/namespaces/{ns}/deployments'
const pods = (spec: object): object => ({ spec: { template: { spec } } })
const applied = (more: object): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'w' },
  ...more,
})
const patch = (title: string, body: unknown, type = STRATEGIC, query = ''): Exchange => ({
  title,
  method: 'PATCH',
  path: `${PATH}/w${query}`,
  body,
  type,
  keep: 'managedFields',
})
const apply = (title: string, manager: string, more: object, force = ''): Exchange =>
  patch(title, applied(more), APPLY, `?fieldManager=${manager}${force}`)

const WHOLE = {
  metadata: { name: 'w', labels: { a: 'b' } },
  spec: {
    replicas: 0,
    paused: true,
    selector: { matchLabels: { app: 'w' } },
    template: {
      metadata: { labels: { app: 'w' } },
      spec: {
        containers: [
          {
            name: 'a',
            image: '1',
            env: [
              { name: 'X', value: '1' },
              { name: 'Y', value: '2' },
            ],
            ports: [{ containerPort: 80 }, { containerPort: 81 }],
          },
          { name: 'b', image: '1' },
        ],
        volumes: [{ name: 'v', emptyDir: {} }],
        tolerations: [{ key: 'k', operator: 'Exists' }],
      },
    },
  },
}

onEachExchange('rest-patches', [
  { title: 'created', method: 'POST', path: PATH, body: WHOLE, keep: 'managedFields' },
  patch(
    'containers merge by name',
    pods({
      containers: [
        { name: 'b', image: '2' },
        { name: 'c', image: '3' },
      ],
    }),
  ),
  patch(
    'the order of elements, and $patch: delete inside one',
    pods({
      '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }, { name: 'b' }],
      containers: [{ name: 'a', env: [{ name: 'X', $patch: 'delete' }] }],
    }),
  ),
  patch(
    'the order of some elements',
    pods({ '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }] }),
  ),
  patch(
    'ports merge by number',
    pods({ containers: [{ name: 'a', ports: [{ containerPort: 81, name: 'x' }] }] }),
  ),
  patch(
    '$retainKeys of a volume',
    pods({ volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }),
  ),
  patch('tolerations are replaced', pods({ tolerations: [{ key: 'z', operator: 'Exists' }] })),
  patch('$retainKeys of the strategy', {
    spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
  }),
  patch('finalizers merge, null removes', {
    metadata: { finalizers: ['x/a', 'x/b'], labels: { a: null, n: '1' } },
  }),
  patch('$deleteFromPrimitiveList', {
    metadata: { '$deleteFromPrimitiveList/finalizers': ['x/a'] },
  }),
  patch('an element without its key', pods({ containers: [{ image: '2' }] })),
  patch('$patch: delete of an element', pods({ containers: [{ name: 'c', $patch: 'delete' }] })),
  patch(
    '$patch: replace of a list',
    pods({ containers: [{ name: 'q', image: '9' }, { $patch: 'replace' }] }),
  ),
  apply('apply adds a container', 'm', {
    metadata: { name: 'w', labels: { s: '1' } },
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'q', tty: true },
            { name: 'r', image: '1', env: [{ name: 'E', value: '1' }] },
          ],
        },
      },
    },
  }),
  apply(
    'what is no longer applied goes',
    'm',
    pods({ containers: [{ name: 'r', image: '2' }, { name: 'q' }] }),
  ),
  apply('a conflict of two values', 'n', {
    spec: { replicas: 3, template: { spec: { containers: [{ name: 'r', image: '3' }] } } },
  }),
  apply(
    'the same by force',
    'n',
    { spec: { replicas: 0, template: { spec: { containers: [{ name: 'r', image: '3' }] } } } },
    '&force=true',
  ),
  apply('the first applies nothing', 'm', {}),
  apply('the second applies nothing', 'n', {}),
  patch('merge patch: no containers', pods({ containers: null }), MERGE),
  patch(
    'JSON patch',
    [
      { op: 'remove', path: '/spec/template/spec/volumes' },
      { op: 'add', path: '/metadata/annotations', value: { k: 'v' } },
    ],
    JSON_PATCH,
  ),
  patch('merge patch: no finalizers', { metadata: { finalizers: null } }, MERGE),
  patch('managed fields are dropped', { metadata: { managedFields: [{}] } }, MERGE),
  patch('dry run', { spec: { replicas: 1 } }, MERGE, '?dryRun=All'),
  patch(
    'the selector may not change',
    { spec: { selector: { matchLabels: { app: 'z' } } } },
    MERGE,
  ),
  { title: 'scale: read', path: `${PATH}/w/scale` },
  {
    title: 'scale: merge patch',
    method: 'PATCH',
    path: `${PATH}/w/scale`,
    type: MERGE,
    body: { spec: { replicas: 0 } },
  },
  {
    title: 'scale: below zero',
    method: 'PATCH',
    path: `${PATH}/w/scale`,
    type: MERGE,
    body: { spec: { replicas: -1 } },
  },
])
