import { BadRequest } from './answers.ts'

/** A point in time of Docker's API, `1795395124.044923805` seconds since 1970, in milliseconds; undefined when it is not given. */
export function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? ''
  if (text === '' || text === '0') return undefined
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return Number(text) * 1000
  throw new BadRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}
