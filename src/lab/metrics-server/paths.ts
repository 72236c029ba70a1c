/** The paths of metrics.k8s.io, and its discovery documents. */

export type MetricsPath =
  | { readonly kind: 'document'; readonly value: unknown }
  | {
      readonly kind: 'metrics'
      readonly resource: 'nodes' | 'pods'
      readonly namespace: string | undefined
      /** undefined: all of them. */
      readonly name: string | undefined
    }

const GROUP = 'metrics.k8s.io'
const VERSION = { groupVersion: `${GROUP}/v1beta1`, version: 'v1beta1' }
const APIGROUP = {
  kind: 'APIGroup',
  apiVersion: 'v1',
  name: GROUP,
  versions: [VERSION],
  preferredVersion: VERSION,
}
const RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: VERSION.groupVersion,
  resources: [
    {
      name: 'nodes',
      singularName: '',
      namespaced: false,
      kind: 'NodeMetrics',
      verbs: ['get', 'list'],
    },
    {
      name: 'pods',
      singularName: '',
      namespaced: true,
      kind: 'PodMetrics',
      verbs: ['get', 'list'],
    },
  ],
}

const DOCUMENTS: Readonly<Record<string, unknown>> = {
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: [{ name: GROUP, versions: [VERSION], preferredVersion: VERSION }],
  },
  [`/apis/${GROUP}`]: APIGROUP,
  [`/apis/${GROUP}/v1beta1`]: RESOURCES,
}

/** What a path is about; undefined: nothing is there. Throws URIError for a target that is not well-formed. */
export function readPath(path: string): MetricsPath | undefined {
  const plain = path.replace(/\/+$/, '')
  const value = DOCUMENTS[plain]
  if (value !== undefined) return { kind: 'document', value }
  const root = `/apis/${GROUP}/v1beta1/`
  if (!plain.startsWith(root)) return undefined
  const parts = plain.slice(root.length).split('/').map(decodeURIComponent)
  const [first, second, third, fourth] = parts
  if (first === 'namespaces' && third === 'pods' && parts.length <= 4) {
    return { kind: 'metrics', resource: 'pods', namespace: second, name: fourth }
  }
  if (first === 'nodes' && parts.length <= 2) {
    return { kind: 'metrics', resource: 'nodes', namespace: undefined, name: second }
  }
  if (first === 'pods' && parts.length === 1) {
    return { kind: 'metrics', resource: 'pods', namespace: undefined, name: undefined }
  }
  return undefined
}
