import type { KubeObject, Resource } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, setDefaults, textOf, type Fields } from '../fields.ts'
import { kind, type Kind } from './kind.ts'

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** The kinds that a CustomResourceDefinition makes: one for each version that is served. */
export function customKinds(definition: KubeObject): Kind[] {
  const spec = fieldsOf(definition['spec'])
  const names = fieldsOf(spec['names'])
  const versions = listOf(spec['versions'])
  const stored = versions.find((version) => version['storage'] === true)
  const resourceOf = (version: Fields): Resource => ({
    group: textOf(spec['group']) ?? '',
    version: textOf(version['name']) ?? '',
    plural: textOf(names['plural']) ?? '',
    singular: textOf(names['singular']) ?? '',
    kind: textOf(names['kind']) ?? '',
    namespaced: spec['scope'] === 'Namespaced',
    shortNames: textsOf(names['shortNames']),
  })
  return versions
    .filter((version) => version['served'] === true)
    .map((version) =>
      customKind(resourceOf(version), version, stored, textsOf(names['categories'])),
    )
}

function customKind(
  resource: Resource,
  version: Fields,
  stored: Fields | undefined,
  categories: string[],
): Kind {
  const subresources = fieldsOf(version['subresources'])
  const hasStatus = isFields(subresources['status'])
  const scale = isFields(subresources['scale']) ? subresources['scale'] : undefined
  const isStored = stored === undefined || stored['name'] === version['name']
  return kind(resource, {
    subresources: [...(hasStatus ? ['status'] : []), ...(scale ? ['scale'] : [])],
    hasStatus,
    hasGeneration: true,
    custom: {
      columns: listOf(version['additionalPrinterColumns']),
      schema: fieldsOf(fieldsOf(version['schema'])['openAPIV3Schema']),
      ...(scale ? { scale } : {}),
    },
    ...(categories.length > 0 ? { categories } : {}),
    ...(isStored
      ? {}
      : { storedAs: renamed({ ...resource, version: textOf(stored['name']) ?? '' }, resource) }),
    setDefaults(object) {
      setSchemaDefaults(fieldsOf(version['schema'])['openAPIV3Schema'], object)
    },
  })
}

/** Versions of a definition differ in name alone (conversion strategy None). */
function renamed(from: Resource, to: Resource): NonNullable<Kind['storedAs']> {
  const as = (of: Resource) => (object: KubeObject) => ({
    ...object,
    apiVersion: `${of.group}/${of.version}`,
  })
  return { resource: from, toStored: as(from), fromStored: as(to) }
}

/** Fills in the `default`s of a structural schema, as deep as the object goes. */
function setSchemaDefaults(schema: unknown, value: unknown): void {
  const { properties, items, additionalProperties } = fieldsOf(schema)
  if (Array.isArray(value)) {
    for (const part of value as unknown[]) setSchemaDefaults(items, part)
    return
  }
  if (!isFields(value)) return
  for (const [key, child] of Object.entries(fieldsOf(properties))) {
    const fallback = fieldsOf(child)['default']
    if (fallback !== undefined) setDefaults(value, { [key]: structuredClone(fallback) })
    setSchemaDefaults(child, value[key])
  }
  if (!isFields(additionalProperties)) return
  for (const part of Object.values(value)) setSchemaDefaults(additionalProperties, part)
}
