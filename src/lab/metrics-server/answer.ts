import {
  KubeStatusError,
  failure,
  matchesLabels,
  parseLabelSelector,
  type KubeObject,
  type Node,
  type Pod,
  type Reflector,
} from '../../kube/index.ts'
import { nodeMetrics, podMetrics, type MetricsObject } from './objects.ts'
import type { MetricsPath } from './paths.ts'
import type { Storage } from './storage.ts'
import { tableOf, wantsTable } from './table.ts'

export interface Sources {
  readonly nodes: Reflector<Node>
  readonly pods: Reflector<Pod>
  readonly storage: Storage
}

type Wanted = Extract<MetricsPath, { kind: 'metrics' }>

/** One object, a list of them, or a table. Throws NotFound, or BadRequest for a selector that is none. */
export function answerMetrics(
  sources: Sources,
  wanted: Wanted,
  query: URLSearchParams,
  accept: string | undefined,
): unknown {
  const { resource, name } = wanted
  const found = metricsOf(sources, wanted, selectorOf(query))
  if (name !== undefined && found[0] === undefined) {
    const key = wanted.namespace === undefined ? name : `${wanted.namespace}/${name}`
    throw new KubeStatusError(
      failure(404, 'NotFound', `${resource}.metrics.k8s.io "${key}" not found`, {
        name: key,
        group: 'metrics.k8s.io',
        kind: resource,
      }),
    )
  }
  if (wantsTable(accept)) return tableOf(found)
  if (name !== undefined) return found[0]
  return {
    kind: resource === 'nodes' ? 'NodeMetricsList' : 'PodMetricsList',
    apiVersion: 'metrics.k8s.io/v1beta1',
    metadata: {},
    // In a list, items do not say what they are.
    items: found.map((object) => ({ ...object, kind: undefined, apiVersion: undefined })),
  }
}

function metricsOf(
  { nodes, pods, storage }: Sources,
  { resource, namespace, name }: Wanted,
  isWanted: (object: KubeObject) => boolean,
): MetricsObject[] {
  const now = Date.now()
  const isNamed = ({ metadata }: KubeObject): boolean =>
    (name === undefined || metadata.name === name) &&
    (namespace === undefined || metadata.namespace === namespace)
  const choose = <T extends KubeObject>(all: readonly T[]): T[] =>
    all
      .filter((one) => isNamed(one) && isWanted(one))
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  if (resource === 'nodes') {
    return choose(nodes.list()).flatMap((node) => {
      const usage = storage.node(node.metadata.name ?? '')
      return usage === undefined ? [] : [nodeMetrics(node, usage, now)]
    })
  }
  const running = pods.list().filter(({ status }) => status?.phase === 'Running')
  return choose(running).flatMap((pod) => {
    const containers = storage.pod(keyOf(pod))
    return containers === undefined ? [] : [podMetrics(pod, containers, now)]
  })
}

const keyOf = ({ metadata }: KubeObject): string =>
  `${metadata.namespace ?? ''}/${metadata.name ?? ''}`

function selectorOf(query: URLSearchParams): (object: KubeObject) => boolean {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  if (!labels.ok) throw new KubeStatusError(failure(400, 'BadRequest', labels.message))
  const fields = (query.get('fieldSelector') ?? '').split(',').filter((one) => one !== '')
  const conditions = fields.map((one) => {
    const match = /^metadata\.(name|namespace)(!?=)=?(.*)$/.exec(one)
    if (match === null) {
      const label = one.replace(/!?=.*$/, '')
      throw new KubeStatusError(failure(400, 'BadRequest', `field label not supported: ${label}`))
    }
    const [, field, operator, value] = match as unknown as [
      string,
      'name' | 'namespace',
      string,
      string,
    ]
    return (object: KubeObject) => (object.metadata[field] === value) === (operator === '=')
  })
  return (object) =>
    matchesLabels(labels.requirements, object.metadata.labels) &&
    conditions.every((holds) => holds(object))
}
