import type { KubeObject, Resource } from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { schemaFaults, setSchemaDefaults } from '../structural/index.ts'
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
  const schema = fieldsOf(fieldsOf(version['schema'])['openAPIV3Schema'])
  const validate = (object: KubeObject, old?: KubeObject): FieldFault[] =>
    schemaFaults(schema, object, '', old)
  const isStored = stored === undefined || stored['name'] === version['name']
  return kind(resource, {
    subresources: [...(hasStatus ? ['status'] : []), ...(scale ? ['scale'] : [])],
    hasStatus,
    hasGeneration: true,
    custom: {
      columns: listOf(version['additionalPrinterColumns']),
      schema,
      ...(scale ? { scale } : {}),
    },
    ...(categories.length > 0 ? { categories } : {}),
    ...(version['deprecated'] === true ? { deprecation: deprecationOf(resource, version) } : {}),
    ...(isStored
      ? {}
      : { storedAs: renamed({ ...resource, version: textOf(stored['name']) ?? '' }, resource) }),
    // The status is written through a path of its own, and is looked at there too.
    ...(hasStatus ? { parts: { status: { keepRest: () => undefined, validate } } } : {}),
    prepareCreate(object) {
      if (hasStatus) delete object['status']
    },
    setDefaults(object) {
      setSchemaDefaults(schema, object)
    },
    validate,
  })
}

const deprecationOf = ({ group, version: name, kind }: Resource, version: Fields): string =>
  textOf(version['deprecationWarning']) ?? `${group}/${name} ${kind} is deprecated`

/** Versions of a definition differ in name alone (conversion strategy None). */
function renamed(from: Resource, to: Resource): NonNullable<Kind['storedAs']> {
  const as = (of: Resource) => (object: KubeObject) => ({
    ...object,
    apiVersion: `${of.group}/${of.version}`,
  })
  return { resource: from, toStored: as(from), fromStored: as(to) }
}
