import type { Series, ServiceCheck } from '../../aggregator/series.ts'

/**
 * One series as a DogStatsD message of protocol 1.3: with its time, so that the receiving Agent passes the value on as it
 * is and does not aggregate it again. Source: DogStatsD's datagram format.
 */
export function formatSeries(series: Series): string {
  const [at, value] = series.points.at(-1) ?? [0, 0]
  const type = series.type === 'count' ? 'c' : 'g'
  return `${cleanName(series.metric)}:${value}|${type}${tagPart(series.tags, series.host)}|T${at}`
}

/** `_sc|name|status|d:…|h:…|#tags|m:…`; the message comes last. */
export function formatServiceCheck(check: ServiceCheck): string {
  const message = check.message.replaceAll('\n', '\\n').replaceAll('m:', 'm\\:')
  return [
    `_sc|${cleanName(check.check)}|${check.status}`,
    `|d:${check.timestamp}|h:${cleanTag(check.host_name)}`,
    tagPart(check.tags, undefined),
    message === '' ? '' : `|m:${message}`,
  ].join('')
}

/** The tag `host:` overrides the receiving Agent's own host name. */
function tagPart(tags: readonly string[], host: string | undefined): string {
  const all = (host === undefined ? tags : [...tags, `host:${host}`]).map(cleanTag)
  return all.length === 0 ? '' : `|#${all.join(',')}`
}

/** Signs with a meaning of their own would make other messages of it. */
const cleanName = (name: string): string => name.replace(/[:|@#\s]/g, '_')
const cleanTag = (tag: string): string => tag.replace(/[,|\r\n]/g, '_')
