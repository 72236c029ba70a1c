import type { Series, ServiceCheck } from '../aggregator/series.ts'

/** The key of tags that have no value. */
export const BARE_TAG = 'tag'

/** Tags by key, in order: a key may come more than once, a tag without a colon goes under `tag`. Has no prototype. */
export function tagsByKey(tags: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const tag of tags) {
    const colon = tag.indexOf(':')
    const key = colon <= 0 ? BARE_TAG : tag.slice(0, colon)
    const value = colon <= 0 ? tag : tag.slice(colon + 1)
    const values = found.get(key)
    if (values) values.push(value)
    else found.set(key, [value])
  }
  return found
}

/** A service check as a gauge, for receivers that have no such thing: 0 ok, 1 warning, 2 critical, 3 unknown. */
export const checkAsSeries = (check: ServiceCheck): Series => ({
  metric: 'service_check.status',
  points: [[check.timestamp, check.status]],
  tags: [`check:${check.check}`, ...check.tags],
  host: check.host_name,
  type: 'gauge',
  interval: 0,
  source_type_name: 'System',
})

/** What makes a series another one. Tags come sorted from the aggregator. */
export const contextOf = ({ metric, host, tags }: Series): string =>
  `${metric}\u0000${host}\u0000${tags.join('\u0000')}`
