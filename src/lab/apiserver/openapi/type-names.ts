import { KINDS, type Kind } from '../kinds/index.ts'
import { fieldsOfType, goNameOf, typeOfKind, type FieldType } from '../schema/index.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const META_TYPES = [
  ...['ObjectMeta', 'ListMeta', 'LabelSelector', 'LabelSelectorRequirement', 'OwnerReference'],
  ...['ManagedFieldsEntry', 'Condition', 'DeleteOptions', 'Preconditions', 'Status'],
  ...['StatusDetails', 'StatusCause', 'FieldSelectorRequirement'],
]

/** Where Kubernetes keeps the Go types of a group. */
const PACKAGES: Readonly<Record<string, string>> = {
  '': 'io.k8s.api.core',
  'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
}

/** `io.k8s.api.apps.v1`, and for a group of one's own its parts backwards: `com.example.v1`. */
export function packageOf(group: string, version: string): string {
  const known = PACKAGES[group]
  if (known !== undefined) return `${known}.${version}`
  const isBuiltIn = !group.includes('.') || group.endsWith('.k8s.io')
  const [first = ''] = group.split('.')
  return isBuiltIn
    ? `io.k8s.api.${first}.${version}`
    : `${group.split('.').reverse().join('.')}.${version}`
}

/** The other types that a field's type names. */
export function namedBy(type: FieldType): string | undefined {
  if (type.kind === 'struct') return type.type
  return type.kind === 'list' || type.kind === 'map' ? namedBy(type.of) : undefined
}

/** Names of all types, by type. A type belongs to the first group that uses it, core before all others. */
let names: Map<string, string> | undefined

/** The name of a type's schema: `io.k8s.api.core.v1.PodSpec`. */
export function schemaName(type: string): string {
  names ??= nameTypes()
  return names.get(type) ?? `io.k8s.api.core.v1.${goNameOf(type)}`
}

function nameTypes(): Map<string, string> {
  const found = new Map(META_TYPES.map((type) => [type, `${META}.${type}`]))
  const kinds = [...KINDS].sort(
    (a, b) => Number(b.resource.group === '') - Number(a.resource.group === ''),
  )
  for (const { resource } of kinds) {
    const root = typeOfKind(resource)
    if (root === undefined) continue
    const prefix = packageOf(resource.group, resource.version)
    for (const type of reachableFrom(root)) {
      if (!found.has(type)) found.set(type, `${prefix}.${goNameOf(type)}`)
    }
  }
  return found
}

/** A type and all that it is made of. */
export function reachableFrom(root: string): Set<string> {
  const seen = new Set<string>()
  const queue = [root]
  for (let type = queue.pop(); type !== undefined; type = queue.pop()) {
    if (seen.has(type)) continue
    seen.add(type)
    for (const { type: of } of fieldsOfType(type)?.values() ?? []) {
      const named = namedBy(of)
      if (named !== undefined) queue.push(named)
    }
  }
  return seen
}

/** The name of a kind's schema. */
export function kindSchemaName({ resource, custom }: Kind): string {
  const type = custom ? undefined : typeOfKind(resource)
  const plain = `${packageOf(resource.group, resource.version)}.${resource.kind}`
  return type === undefined ? plain : schemaName(type)
}
