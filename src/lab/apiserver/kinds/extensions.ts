import {
  APISERVICES,
  CUSTOMRESOURCEDEFINITIONS,
  MUTATINGWEBHOOKCONFIGURATIONS,
  VALIDATINGWEBHOOKCONFIGURATIONS,
  type KubeObject,
} from '../../../kube/index.ts'
import { fieldsOf, isFields, listOf, setDefaults, textOf } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { immutable, invalid, oneOf, required, requiredText } from './faults.ts'
import { kind, type Kind } from './kind.ts'
import { specOf } from './template.ts'

const withStatus = { subresources: ['status'], hasStatus: true, hasGeneration: true } as const

/** Its names are accepted at once: a real cluster's controller takes a moment, and checks that no other has them. */
export const CUSTOMRESOURCEDEFINITION: Kind = kind(CUSTOMRESOURCEDEFINITIONS, {
  ...withStatus,
  categories: ['api-extensions'],
  setDefaults(object) {
    const spec = specOf(object)
    setDefaults(spec, { conversion: { strategy: 'None' } })
    const names = fieldsOf(spec['names'])
    const kindName = textOf(names['kind']) ?? ''
    setDefaults(names, { singular: kindName.toLowerCase(), listKind: `${kindName}List` })
  },
  prepareCreate(object) {
    const lastTransitionTime = object.metadata.creationTimestamp
    const condition = (type: string, reason: string, message: string): unknown => ({
      lastTransitionTime,
      message,
      reason,
      status: 'True',
      type,
    })
    object['status'] = {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: specOf(object)['names'],
      storedVersions: listOf(specOf(object)['versions'])
        .filter((one) => one['storage'] === true)
        .map((one) => one['name']),
    }
  },
  validate: definitionFaults,
})

function definitionFaults(object: KubeObject, old?: KubeObject): FieldFault[] {
  const spec = specOf(object)
  const names = fieldsOf(spec['names'])
  const wanted = `${textOf(names['plural']) ?? ''}.${textOf(spec['group']) ?? ''}`
  const misnamed = invalid(
    'metadata.name',
    object.metadata.name,
    `must be spec.names.plural+"."+spec.group`,
  )
  const versions = listOf(spec['versions'])
  const stored = versions.filter((one) => one['storage'] === true)
  const oneStored = invalid(
    'spec.versions',
    versions,
    'must have exactly one version marked as storage version',
  )
  return [
    ...(object.metadata.name === wanted ? [] : [misnamed]),
    ...requiredText(spec, 'group', 'spec'),
    ...oneOf(spec, 'scope', 'spec', ['Cluster', 'Namespaced']),
    ...requiredText(names, 'plural', 'spec.names'),
    ...requiredText(names, 'kind', 'spec.names'),
    ...(stored.length === 1 ? [] : [oneStored]),
    ...versions.flatMap((version, index) =>
      fieldsOf(version['schema'])['openAPIV3Schema'] === undefined
        ? [required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required')]
        : [],
    ),
    ...(old ? immutable(spec['scope'], specOf(old)['scope'], 'spec.scope') : []),
  ]
}

/** The groups that are served; those that name a service are asked there (aggregation/). */
export const APISERVICE: Kind = kind(APISERVICES, {
  ...withStatus,
  hasGeneration: false,
  categories: ['api-extensions'],
  setDefaults(object) {
    const { service } = specOf(object)
    if (isFields(service)) setDefaults(service, { port: 443 })
  },
  prepareCreate(object) {
    setDefaults(object, { status: {} })
  },
})

/** Kept, never called. */
const webhooks = { hasGeneration: true, categories: ['api-extensions'] } as const
export const MUTATINGWEBHOOKCONFIGURATION: Kind = kind(MUTATINGWEBHOOKCONFIGURATIONS, webhooks)
export const VALIDATINGWEBHOOKCONFIGURATION: Kind = kind(VALIDATINGWEBHOOKCONFIGURATIONS, webhooks)
