import type { ContainerInfo } from '../types.ts'
import { labelsOf } from './labels.ts'
import { BadRequest } from './answers.ts'
import { MAX_FILTERS_CHARACTERS } from './limits.ts'

/** `filters` of the Engine API: each key with the values of which one (for `label`: all) must match. */
export type Filters = ReadonlyMap<string, readonly string[]>

/** Reads `{"status":["running"]}` and the older `{"status":{"running":true}}`. Throws BadRequest otherwise. */
export function parseFilters(text: string | null): Filters {
  const filters = new Map<string, readonly string[]>()
  if (text === null || text === '') return filters
  if (text.length > MAX_FILTERS_CHARACTERS) throw new BadRequest('invalid filter')
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new BadRequest('invalid filter')
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new BadRequest('invalid filter')
  }
  for (const [key, values] of Object.entries(parsed as Record<string, unknown>)) {
    filters.set(key, valuesOf(values))
  }
  return filters
}

function valuesOf(values: unknown): string[] {
  if (Array.isArray(values)) return values.filter((value) => typeof value === 'string')
  if (typeof values !== 'object' || values === null) throw new BadRequest('invalid filter')
  return Object.entries(values).flatMap(([value, wanted]) => (wanted === true ? [value] : []))
}

type Test = (container: ContainerInfo, value: string, all: readonly ContainerInfo[]) => boolean

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['status', hasStatus],
  ['label', (container, value) => hasLabel(container, value)],
  ['name', (container, value) => nameMatches(container.runtimeName, value)],
  ['id', (container, value) => container.id.startsWith(value)],
  ['ancestor', (container, value) => hasAncestor(container, value)],
  [
    'exited',
    (container, value) => container.phase === 'exited' && String(container.exitCode) === value,
  ],
  ['before', (container, value, all) => container.createdAt < createdAt(all, value)],
  ['since', (container, value, all) => container.createdAt > createdAt(all, value)],
])

/** The containers that pass. A key that Docker has and the lab has not is refused rather than overlooked. */
export function applyFilters(
  containers: readonly ContainerInfo[],
  filters: Filters,
): readonly ContainerInfo[] {
  let left = containers
  for (const [key, values] of filters) {
    const test = TESTS.get(key)
    if (!test) throw new BadRequest(`invalid filter '${key}'`)
    const passes = (container: ContainerInfo): boolean =>
      key === 'label'
        ? values.every((value) => test(container, value, containers))
        : values.some((value) => test(container, value, containers))
    if (values.length > 0) left = left.filter(passes)
  }
  return left
}

const STATES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']

function hasStatus({ phase }: ContainerInfo, wanted: string): boolean {
  if (!STATES.includes(wanted)) throw new BadRequest(`invalid filter 'status=${wanted}'`)
  return phase === wanted
}

function hasLabel(container: ContainerInfo, wanted: string): boolean {
  const labels = labelsOf(container)
  const [key = '', ...value] = wanted.split('=')
  return value.length === 0
    ? Object.hasOwn(labels, key)
    : Object.hasOwn(labels, key) && labels[key] === value.join('=')
}

function hasAncestor(container: ContainerInfo, wanted: string): boolean {
  const { image, imageId } = container
  const withTag = /:[^/]+$/.test(wanted) ? wanted : `${wanted}:latest`
  const isId = /^(sha256:)?[0-9a-f]{12,64}$/.test(wanted)
  return (
    image === withTag || (isId && imageId.startsWith(`sha256:${wanted.replace('sha256:', '')}`))
  )
}

function createdAt(containers: readonly ContainerInfo[], reference: string): number {
  const found = containers.find(
    ({ id, runtimeName }) => id.startsWith(reference) || runtimeName === reference,
  )
  if (!found) throw new BadRequest(`No such container: ${reference}`)
  return found.createdAt
}

/**
 * Docker takes a regular expression. Here `^`, `$`, `.*` and `|` have their meaning and all else stands for itself:
 * a tenant's expression must not keep the lab busy.
 */
export function nameMatches(name: string, expression: string): boolean {
  return expression.split('|').some((alternative) => {
    const anchoredStart = alternative.startsWith('^')
    const anchoredEnd = alternative.endsWith('$')
    const parts = alternative.slice(anchoredStart ? 1 : 0, anchoredEnd ? -1 : undefined).split('.*')
    const subjects = [name, `/${name}`]
    return subjects.some((subject) => partsMatch(subject, parts, anchoredStart, anchoredEnd))
  })
}

function partsMatch(
  subject: string,
  parts: readonly string[],
  fromStart: boolean,
  toEnd: boolean,
): boolean {
  let position = 0
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    const found =
      isLast && toEnd ? Math.max(subject.length - part.length, 0) : subject.indexOf(part, position)
    if (found < position || !subject.startsWith(part, found)) return false
    if (index === 0 && fromStart && found !== 0) return false
    position = found + part.length
  }
  return true
}
