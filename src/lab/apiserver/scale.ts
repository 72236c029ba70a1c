import { formatLabelSelector, fromLabelSelector, type KubeObject } from '../../kube/index.ts'
import type { ApiContext, ResourceRequest } from './context.ts'
import { at, fieldsOf, isFields, type Fields } from './fields.ts'
import type { Kind } from './kinds/index.ts'
import { kind as plainKind } from './kinds/kind.ts'
import { bumpGeneration } from './metadata.ts'
import { refusals } from './refusals.ts'
import { invalid } from './kinds/faults.ts'
import { viewThrough } from './store-view.ts'
import { trackFields } from './track-fields.ts'

/** Where a kind keeps what a Scale shows. */
interface ScalePaths {
  readonly spec: string
  readonly status: string
  readonly selector: string | undefined
}

function pathsOf(kind: Kind): ScalePaths {
  const given = kind.custom?.scale
  const path = (key: string, fallback: string): string =>
    typeof given?.[key] === 'string' ? given[key].replace(/^\./, '') : fallback
  return {
    spec: path('specReplicasPath', 'spec.replicas'),
    status: path('statusReplicasPath', 'status.replicas'),
    selector: given === undefined ? 'spec.selector' : path('labelSelectorPath', '') || undefined,
  }
}

/** The request and the store as the scale of an object: an `autoscaling/v1` Scale in its place. Throws NotFound. */
export function scaleView(
  context: ApiContext,
  request: ResourceRequest,
): { context: ApiContext; request: ResourceRequest } {
  const { kind, info } = request
  const { store } = context
  const stored = store.get(kind.resource, info.namespace, info.name)
  if (stored === undefined) throw refusals.notFound(kind.resource, info.name)
  const paths = pathsOf(kind)
  const shown = { ...kind.resource, kind: 'Scale', group: 'autoscaling', version: 'v1' }
  const view = viewThrough(store, {
    shown,
    stored: kind.resource,
    show: (object) => scaleOf(object, paths),
    keep(scale) {
      const old = stored.object
      const next = structuredClone(old)
      setAt(next, paths.spec, fieldsOf(scale['spec'])['replicas'] ?? 0)
      trackFields(context, request, old, next)
      bumpGeneration(kind, next, old)
      return next
    },
  })
  const scaleKind = plainKind(shown, {
    validate(scale) {
      const replicas = fieldsOf(scale['spec'])['replicas'] ?? 0
      if (typeof replicas === 'number' && replicas >= 0) return []
      return [invalid('spec.replicas', replicas, 'must be greater than or equal to 0')]
    },
  })
  return {
    context: { ...context, store: view },
    request: { ...request, kind: scaleKind, info: { ...info, subresource: '' } },
  }
}

function scaleOf(object: KubeObject, paths: ScalePaths): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = paths.selector === undefined ? undefined : at(object, paths.selector)
  const metadata = { name, namespace, uid, resourceVersion, creationTimestamp }
  const text = selectorText(selector)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify(metadata)) as KubeObject['metadata'],
    spec: replicasOf(at(object, paths.spec)),
    status: {
      replicas: Number(at(object, paths.status) ?? 0),
      ...(text === '' ? {} : { selector: text }),
    },
  }
}

/** Zero is left out, as Go leaves it out. */
const replicasOf = (value: unknown): Fields =>
  typeof value === 'number' && value !== 0 ? { replicas: value } : {}

function selectorText(selector: unknown): string {
  if (typeof selector === 'string') return selector
  if (!isFields(selector)) return ''
  const isObjectForm = 'matchLabels' in selector || 'matchExpressions' in selector
  const parsed = fromLabelSelector(isObjectForm ? selector : { matchLabels: selector as never })
  return parsed.ok ? formatLabelSelector(parsed.requirements) : ''
}

function setAt(object: Fields, path: string, value: unknown): void {
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let target: Fields = object
  for (const key of keys) {
    if (!isFields(target[key])) target[key] = {}
    target = fieldsOf(target[key])
  }
  target[last] = value
}
