import type { Target } from './target.ts'

/** Fields that clusters newer than the second target fill in by themselves; they are not compared. */
const NEWER_FIELDS = new Set([
  'internalTrafficPolicy',
  'ipFamilies',
  'ipFamilyPolicy',
  'clusterIPs',
  'kubernetes.io/metadata.name',
  'selfLink',
])

/** What is new in every run: uids, times, versions, and the names that the case made up. */
export function normal(value: unknown, names: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return normalText(value, names)
  if (Array.isArray(value)) return value.map((each) => normal(each, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      // Clusters before 1.33 write the empty time of a template out.
      .filter(
        ([key, each]) => !NEWER_FIELDS.has(key) && !(key === 'creationTimestamp' && each === null),
      )
      .map(([key, each]) => [
        normalText(key, names),
        key === 'resourceVersion' && each !== '' ? 'VERSION' : inOrder(key, normal(each, names)),
      ]),
  )
}

/** A real server writes the causes of a refusal in the order of a Go map: another one each time. */
function inOrder(key: string, value: unknown): unknown {
  if (key !== 'causes' || !Array.isArray(value)) return value
  return value.toSorted((a, b) => (fieldOf(a) < fieldOf(b) ? -1 : 1))
}

const fieldOf = (cause: unknown): string => (cause as { field?: string }).field ?? ''

/** The same in a text. */
export function normalText(text: string, names: Readonly<Record<string, string>>): string {
  const known = Object.entries(names).toSorted(([a], [b]) => b.length - a.length)
  return (
    known
      .reduce((left, [name, stands]) => left.replaceAll(name, stands), text)
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID')
      // Two bindings allow it: a real server names the one that it happens to find first.
      .replace(/(allowed by ClusterRole.*)/, (reason) =>
        reason.replaceAll('system:public-info-viewer', 'system:discovery'),
      )
      .replace(/(match the ResourceVersion in record )\(\d+\)/, '$1(VERSION)')
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, 'TIME')
  )
}

/** Names of a target that answers show. */
export const namesOf = ({ facts }: Target): Record<string, string> => ({ [facts.nodeName]: 'NODE' })

/** A copy that lacks these fields. */
export const without = (object: object, ...keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
