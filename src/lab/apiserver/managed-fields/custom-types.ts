import { fieldsOf, isFields, textOf, type Fields } from '../fields.ts'
import type { ListRule } from '../schema/index.ts'

/**
 * How values of a CustomResourceDefinition's schema merge: `x-kubernetes-list-type`, `x-kubernetes-list-map-keys` and
 * `x-kubernetes-map-type`. Source: k8s.io/kube-openapi/pkg/schemaconv.
 */

/** Lists are atomic, unless the schema says that they are a map or a set. */
export function customRule(schema: Fields): ListRule {
  const kind = textOf(schema['x-kubernetes-list-type'])
  if (schema['type'] !== 'array') return {}
  if (kind === 'set') return { set: true }
  const keys = schema['x-kubernetes-list-map-keys']
  if (kind !== 'map' || !Array.isArray(keys)) return {}
  const properties = fieldsOf(fieldsOf(schema['items'])['properties'])
  const names = keys.filter((key): key is string => typeof key === 'string')
  const defaults = names.flatMap((name) => {
    const value = fieldsOf(properties[name])['default']
    return value === undefined ? [] : [[name, value] as const]
  })
  return { keys: names, defaults: Object.fromEntries(defaults) }
}

/** How a value is walked; undefined: as the value itself is, for the schema does not say. */
export function customShape(
  schema: Fields,
  root: boolean,
  rule: ListRule,
): 'fields' | 'items' | 'leaf' | undefined {
  if (root) return 'fields'
  switch (schema['type']) {
    case 'array':
      return rule.keys !== undefined || rule.set === true ? 'items' : 'leaf'
    case 'object':
      return schema['x-kubernetes-map-type'] === 'atomic' ? 'leaf' : 'fields'
    case undefined:
      return schema['x-kubernetes-preserve-unknown-fields'] === true ? undefined : 'leaf'
    default:
      return 'leaf'
  }
}

/** The schema of one field; `declared`: the schema names it, so it is no entry of a map. */
export function customField(
  schema: Fields,
  name: string,
): { readonly schema: Fields | undefined; readonly declared: boolean } {
  const properties = fieldsOf(schema['properties'])
  if (Object.hasOwn(properties, name)) return { schema: fieldsOf(properties[name]), declared: true }
  const others = schema['additionalProperties']
  return { schema: isFields(others) ? others : undefined, declared: false }
}

/** The schema of a list's items. */
export const customItem = (schema: Fields): Fields => fieldsOf(schema['items'])

/** The fields of a value that a schema does not know, as server-side apply names them: `.spec.a[name="b"].c`. */
export function undeclaredFields(value: unknown, schema: Fields, root = true, path = ''): string[] {
  if (Array.isArray(value)) {
    const items = customItem(schema)
    return value.flatMap((item, index) =>
      undeclaredFields(item, items, false, path + itemPath(item, index, schema)),
    )
  }
  if (!isFields(value) || schema['x-kubernetes-preserve-unknown-fields'] === true) return []
  const isObject = root || schema['x-kubernetes-embedded-resource'] === true
  return Object.entries(value).flatMap(([name, part]) => {
    if (isObject && ['apiVersion', 'kind', 'metadata'].includes(name)) return []
    const { schema: field, declared } = customField(schema, name)
    const where = `${path}.${name}`
    if (field !== undefined) return undeclaredFields(part, field, false, where)
    return declared || schema['additionalProperties'] === true ? [] : [where]
  })
}

function itemPath(item: unknown, index: number, schema: Fields): string {
  const { keys = [], defaults = {} } = customRule(schema)
  if (keys.length === 0 || !isFields(item)) return `[${index}]`
  const known = [...keys].sort().map((key) => [key, item[key] ?? defaults[key]] as const)
  return `[${known.map(([key, value]) => `${key}=${JSON.stringify(value ?? null)}`).join(',')}]`
}
