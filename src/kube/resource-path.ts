import { SubletError } from '../core/index.ts'
import type { Resource } from './define-resource.ts'

/** `v1` or `apps/v1`. */
export function apiVersionOf(of: Resource): string {
  return of.group === '' ? of.version : `${of.group}/${of.version}`
}

/** The request path of a collection or, with a name, of one object: `/apis/apps/v1/namespaces/a/daemonsets/b`. E_INPUT for the names `''`, `.` and `..`. */
export function pathOf(
  of: Resource,
  key: {
    namespace?: string | undefined
    name?: string | undefined
    subresource?: string | undefined
  } = {},
): string {
  const root = of.group === '' ? `/api/${of.version}` : `/apis/${of.group}/${of.version}`
  const namespace = of.namespaced && key.namespace ? `/namespaces/${segment(key.namespace)}` : ''
  const name = key.name === undefined ? '' : `/${segment(key.name)}`
  const subresource = key.subresource === undefined ? '' : `/${key.subresource}`
  return `${root}${namespace}/${of.plural}${name}${subresource}`
}

/** One segment of a path. An empty name would ask for the whole collection, dots for something else altogether. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new SubletError('E_INPUT', `"${name}" is not the name of an object`)
  }
  return encodeURIComponent(name)
}
