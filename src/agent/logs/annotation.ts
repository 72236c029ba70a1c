/** What a pod's annotation says about the logs of one container. */
export interface LogsAnnotation {
  readonly source: string | undefined
  readonly service: string | undefined
  readonly tags: readonly string[]
}

type Annotations = Readonly<Record<string, string>> | undefined

const PREFIX = 'ad.datadoghq.com/'

/**
 * `ad.datadoghq.com/<container>.logs`: a JSON list whose first entry may name `source`, `service` and `tags`. undefined: none,
 * or nothing that can be read (`fault` gets why).
 */
export function readLogsAnnotation(
  annotations: Annotations,
  container: string,
  fault: (text: string) => void,
): LogsAnnotation | undefined {
  const key = `${PREFIX}${container}.logs`
  const value = annotations?.[key]
  if (value === undefined) return undefined
  let list: unknown
  try {
    list = JSON.parse(value)
  } catch {
    fault(`${key} is not JSON`)
    return undefined
  }
  const first: unknown = Array.isArray(list) ? list[0] : undefined
  if (typeof first !== 'object' || first === null) {
    fault(`${key} must be a list of objects`)
    return undefined
  }
  const { source, service, tags, log_processing_rules: rules } = first as Record<string, unknown>
  if (rules !== undefined) {
    // Such rules may hide secrets: what they were to hide must not go out.
    fault(`${key}: this agent has no log_processing_rules; the container's logs are not collected`)
    return undefined
  }
  return { source: text(source), service: text(service), tags: tagsOf(tags) }
}

/** Whether a pod says that its logs, or this container's, are nobody's business. */
export function excludesLogs(annotations: Annotations, container: string): boolean {
  return ['', `${container}.`].some((part) =>
    ['exclude', 'logs_exclude'].some((word) =>
      ['1', 't', 'true'].includes(annotations?.[`${PREFIX}${part}${word}`]?.toLowerCase() ?? ''),
    ),
  )
}

/** Whether processing rules stand there, that this agent cannot follow. */
export const hasProcessingRules = (annotations: Annotations, container: string): boolean =>
  annotations?.[`${PREFIX}${container}.logs`]?.includes('log_processing_rules') === true

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** A list, or one text with commas. */
function tagsOf(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(',')
      : []
  return items.flatMap((item) => (typeof item === 'string' && item.trim() ? [item.trim()] : []))
}
