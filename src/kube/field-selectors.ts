import type { KubeObject } from './objects.ts'
import type { Resource } from './resources.ts'

/** One condition of a field selector; several are joined with "and". */
export interface FieldRequirement {
  /** `metadata.name`, `spec.nodeName`, … */
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

export type FieldSelectorResult =
  | { readonly ok: true; readonly requirements: readonly FieldRequirement[] }
  | { readonly ok: false; readonly message: string }

const COMMON = ['metadata.name', 'metadata.namespace']
/** What can be selected by, beside name and namespace. Source: pkg/apis/core/v1/conversion.go, 1.36. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  secrets: ['type'],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  services: ['spec.clusterIP', 'spec.type'],
}

/**
 * Parses a field selector for a resource (without one: any dotted path). The message of a refusal is what the API
 * server answers with a 400: `field label not supported: x`.
 */
export function parseFieldSelector(text: string, of?: Resource): FieldSelectorResult {
  const requirements: FieldRequirement[] = []
  for (const term of splitTerms(text)) {
    if (term === '') continue
    const requirement = parseTerm(term)
    if (requirement === undefined) {
      return { ok: false, message: `invalid selector: '${term}'; can't understand '${term}'` }
    }
    const wrong = of && unsupported(of, requirement.field)
    if (wrong !== undefined) return { ok: false, message: wrong }
    requirements.push(requirement)
  }
  return { ok: true, requirements }
}

/** Whether an object satisfies all conditions. A field that is not there is the empty text. */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  object: KubeObject,
): boolean {
  return requirements.every(({ field, operator, value }) => {
    return (fieldOf(object, field) === value) === (operator === '=')
  })
}

function unsupported(of: Resource, field: string): string | undefined {
  if (field === 'metadata.name' || (field === 'metadata.namespace' && of.namespaced))
    return undefined
  const fields = of.group === '' && Object.hasOwn(FIELDS, of.plural) ? FIELDS[of.plural] : undefined
  if (fields?.includes(field) || COMMON.includes(field)) return undefined
  if (fields !== undefined) return `field label not supported: ${field}`
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`
}

/** Defaults that the API server sees in an object although they may not be written down. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
}

function fieldOf(object: KubeObject, field: string): string {
  let value: unknown = object
  for (const part of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) {
      value = undefined
      break
    }
    value = (value as Record<string, unknown>)[part]
  }
  // An event's `source` is its component.
  if (field === 'source' && typeof value === 'object' && value !== null) {
    value = (value as { component?: unknown }).component
  }
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return Object.hasOwn(DEFAULTS, field) ? (DEFAULTS[field] ?? '') : ''
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === ',') {
      terms.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...terms, text.slice(start)]
}

/** `a=b`, `a==b`, `a!=b`; in the value `\\`, `\,` and `\=` stand for themselves, other escapes are faults. */
function parseTerm(term: string): FieldRequirement | undefined {
  const match = /^([^=!,\\]+)(!=|==|=)(.*)$/s.exec(term)
  if (match === null) return undefined
  const [, field = '', sign, raw = ''] = match
  if (!/^(?:[^\\=,]|\\[\\,=])*$/s.test(raw)) return undefined
  return {
    field: field.trim(),
    operator: sign === '!=' ? '!=' : '=',
    value: raw.replace(/\\(.)/gs, '$1'),
  }
}
