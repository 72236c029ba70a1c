import type { KubeObject, KubeStatusError } from '../../kube/index.ts'
import type { ResourceRequest } from './context.ts'
import { optionsOf } from './dry-run.ts'
import type { Fields } from './fields.ts'
import type { Kind } from './kinds/index.ts'
import { refusals } from './refusals.ts'
import { checkFields, pruneFields, typeOfKind } from './schema/index.ts'
import { pruneUnknown } from './structural/index.ts'

const LEVELS = ['Ignore', 'Strict', 'Warn']

/** The schema's name of a kind; undefined for a kind that has none here. */
export const schemaOf = (kind: Kind): string | undefined =>
  kind.custom === undefined ? typeOfKind(kind.resource) : undefined

/** `fieldValidation` of the request: Warn, unless it says something else. Throws Invalid for another word. */
export function fieldValidation(request: ResourceRequest): 'Ignore' | 'Strict' | 'Warn' {
  const asked = request.info.query.get('fieldValidation') ?? ''
  if (asked === '') return 'Warn'
  if (!LEVELS.includes(asked)) {
    const supported = LEVELS.map((level) => JSON.stringify(level)).join(', ')
    throw refusals.invalidOptions(optionsOf(request.info.verb), {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${JSON.stringify(asked)}: supported values: ${supported}`,
      field: 'fieldValidation',
    })
  }
  return asked as 'Ignore' | 'Strict' | 'Warn'
}

/**
 * Checks the fields of an object that a client sent or that a patch made: a wrong type is refused, an unknown or
 * repeated field is refused, warned of or ignored, as the request wants it. Takes from the object what is not kept.
 */
export function validateFields(
  request: ResourceRequest,
  object: KubeObject,
  refuse: (why: string) => KubeStatusError,
  decoder: 'decoded' | 'converted' = 'decoded',
): void {
  const level = fieldValidation(request)
  const type = schemaOf(request.kind)
  const { unknown, fault } =
    type === undefined ? checkFields(object.metadata, 'ObjectMeta') : checkFields(object, type)
  if (fault !== undefined) throw refuse(fault[decoder])
  const prefix = type === undefined ? 'metadata.' : ''
  const paths = unknown.map(({ dotted }) => prefix + dotted)
  if (type !== undefined) pruneFields(object, type)
  else {
    pruneFields(object.metadata as Fields, 'ObjectMeta')
    const { custom } = request.kind
    if (custom) paths.push(...pruneUnknown(object, custom.schema))
  }
  if (level === 'Ignore') return
  const faults = [
    ...request.duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...paths.map((path) => `unknown field ${JSON.stringify(path)}`),
  ]
  if (faults.length === 0) return
  if (level === 'Strict') throw refuse(`strict decoding error: ${faults.join(', ')}`)
  request.warnings.push(...faults)
}

/** The refusal of an object that cannot be decoded as its kind. */
export const undecodable =
  ({ resource }: Kind) =>
  (why: string): KubeStatusError =>
    refusals.badRequest(
      `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: ${why}`,
    )
