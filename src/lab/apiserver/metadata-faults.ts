import { dnsSubdomainFault, isLabelValue, type KubeObject } from '../../kube/index.ts'
import { fieldsOf, listOf, textOf } from './fields.ts'
import { forbidden, invalid } from './kinds/faults.ts'
import type { FieldFault } from './refusals.ts'

const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const MAX_NAME = 63
const MAX_ANNOTATIONS = 256 * 1024
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** What is wrong with a name such as `example.com/role`; undefined when nothing is. */
function qualifiedNameFault(text: string): string | undefined {
  const parts = text.split('/')
  if (parts.length > 2) {
    return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
  }
  const name = parts.at(-1) ?? ''
  if (parts.length === 2) {
    const fault = parts[0] === '' ? 'must be non-empty' : dnsSubdomainFault(parts[0] ?? '')
    if (fault !== undefined) return `prefix part ${fault}`
  }
  if (name === '') return 'name part must be non-empty'
  if (name.length > MAX_NAME) return `name part must be no more than ${MAX_NAME} characters`
  return NAME.test(name) ? undefined : NAME_PART
}

const fault = (field: string, value: string, why: string | undefined): FieldFault[] =>
  why === undefined ? [] : [invalid(field, value, why)]

/** The faults of labels, annotations, owners and finalizers (apimachinery/pkg/api/validation/objectmeta.go). */
export function metadataFaults({ metadata }: KubeObject, old?: KubeObject): FieldFault[] {
  const { labels = {}, annotations = {}, finalizers = [] } = metadata
  return [
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...fault('metadata.labels', key, qualifiedNameFault(key)),
      ...fault('metadata.labels', value, labelValueFault(value)),
    ]),
    ...annotationFaults(annotations),
    ...listOf(metadata.ownerReferences).flatMap(ownerFaults),
    ...finalizers.flatMap((name, index) => [
      ...fault('metadata.finalizers', name, qualifiedNameFault(name)),
      ...fault(`metadata.finalizers[${index}]`, name, standardFault(name)),
    ]),
    ...(old === undefined ? [] : newFinalizerFaults(finalizers, old)),
  ]
}

function labelValueFault(value: string): string | undefined {
  if (value.length > MAX_NAME) return `must be no more than ${MAX_NAME} characters`
  return isLabelValue(value) ? undefined : LABEL_VALUE
}

function annotationFaults(annotations: Readonly<Record<string, string>>): FieldFault[] {
  const entries = Object.entries(annotations)
  const size = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  const long: FieldFault = {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${MAX_ANNOTATIONS} bytes`,
    field: 'metadata.annotations',
  }
  return [
    // Keys of annotations may have capitals in their prefix.
    ...entries.flatMap(([key]) =>
      fault('metadata.annotations', key, qualifiedNameFault(key.toLowerCase())),
    ),
    ...(size > MAX_ANNOTATIONS ? [long] : []),
  ]
}

function ownerFaults(owner: Readonly<Record<string, unknown>>): FieldFault[] {
  const wanted = { apiVersion: 'version', kind: 'kind', name: 'name', uid: 'uid' }
  return Object.entries(wanted)
    .filter(([field]) => textOf(fieldsOf(owner)[field]) === undefined)
    .map(([field, word]) =>
      invalid(`metadata.ownerReferences.${field}`, '', `${word} must not be empty`),
    )
}

function standardFault(name: string): string | undefined {
  if (name.includes('/') || STANDARD_FINALIZERS.has(name)) return undefined
  return 'name is neither a standard finalizer name nor is it fully qualified'
}

function newFinalizerFaults(finalizers: readonly string[], { metadata }: KubeObject): FieldFault[] {
  if (metadata.deletionTimestamp === undefined) return []
  const added = finalizers.filter((name) => !(metadata.finalizers ?? []).includes(name))
  if (added.length === 0) return []
  const list = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
  // A kube-apiserver looks twice: for all kinds, and for this one.
  const found = forbidden('metadata.finalizers', why)
  return [found, found]
}
