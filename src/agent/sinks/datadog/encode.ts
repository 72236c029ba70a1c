import type { Series, ServiceCheck } from '../../aggregator/series.ts'
import type { Batch, LogLine } from '../batch.ts'
import {
  CHECK_RUN_MAX_BYTES,
  CHECK_RUN_MAX_RAW_BYTES,
  LOG_MAX_BYTES,
  LOGS_MAX_LINES,
  LOGS_MAX_RAW_BYTES,
  SERIES_MAX_BYTES,
  SERIES_MAX_POINTS,
  SERIES_MAX_RAW_BYTES,
} from '../limits.ts'
import { packItems, type PackLimits, type Packed } from './pack.ts'
import type { Encoding, PayloadKind } from './payload.ts'

export interface EncodeOptions {
  readonly encoding: Encoding
  /** Go with every item: the host's own tags, which the Agent sends with its metadata. */
  readonly hostTags: readonly string[]
}

interface Shape {
  readonly head: string
  readonly tail: string
  readonly limits: PackLimits
}

/** The three bodies and their limits. */
export const SHAPES: Readonly<Record<PayloadKind, Shape>> = {
  series: {
    head: '{"series":[',
    tail: ']}',
    // One point for each series, so the limit of points is one of series.
    limits: {
      maxRawBytes: SERIES_MAX_RAW_BYTES,
      maxBytes: SERIES_MAX_BYTES,
      maxItems: SERIES_MAX_POINTS,
    },
  },
  check_run: {
    head: '[',
    tail: ']',
    limits: {
      maxRawBytes: CHECK_RUN_MAX_RAW_BYTES,
      maxBytes: CHECK_RUN_MAX_BYTES,
      maxItems: Infinity,
    },
  },
  logs: {
    head: '[',
    tail: ']',
    limits: {
      maxRawBytes: LOGS_MAX_RAW_BYTES,
      maxBytes: LOGS_MAX_RAW_BYTES,
      maxItems: LOGS_MAX_LINES,
    },
  },
}

/** All bodies of a batch. Sources: the public API's `v2/series`, `v1/check_run` and `v2/logs`. */
export async function encodeBatch(batch: Batch, options: EncodeOptions): Promise<Packed> {
  const { encoding, hostTags } = options
  const series = batch.series.map((one) => encodeSeries(one, hostTags))
  const checks = batch.serviceChecks.map((check) => encodeServiceCheck(check, hostTags))
  const logs = batch.logs.map((line) => encodeLogLine(line, hostTags))
  const pack = (kind: PayloadKind, items: readonly string[]): Promise<Packed> =>
    packItems(items, { kind, encoding, ...SHAPES[kind] })
  const packed = await Promise.all([
    pack('series', series),
    pack('check_run', checks),
    pack('logs', logs),
  ])
  return {
    payloads: packed.flatMap((one) => one.payloads),
    tooLarge: packed.reduce((sum, one) => sum + one.tooLarge, 0),
  }
}

const TYPES = { count: 1, gauge: 3 } as const
const DEVICE = 'device:'
const RESOURCE = 'dd.internal.resource:'

interface Resource {
  readonly type: string
  readonly name: string
}

/** A tag `device:x` and tags `dd.internal.resource:type:name` become resources, as the Agent does it. */
function encodeSeries(series: Series, hostTags: readonly string[]): string {
  const resources: Resource[] = [{ type: 'host', name: series.host }]
  const tags: string[] = []
  for (const tag of series.tags) {
    if (tag.startsWith(DEVICE)) {
      const name = tag.slice(DEVICE.length)
      if (name === '') tags.push(tag)
      else resources.push({ type: 'device', name })
    } else if (tag.startsWith(RESOURCE)) {
      const [type = '', ...name] = tag.slice(RESOURCE.length).split(':')
      resources.push({ type, name: name.join(':') })
    } else tags.push(tag)
  }
  return JSON.stringify({
    metric: series.metric,
    type: TYPES[series.type],
    points: series.points.map(([timestamp, value]) => ({ timestamp, value })),
    tags: [...tags, ...hostTags],
    resources,
    source_type_name: series.source_type_name,
  })
}

function encodeServiceCheck(check: ServiceCheck, hostTags: readonly string[]): string {
  const tags = [...check.tags, ...hostTags]
  return JSON.stringify({ ...check, tags: tags.length === 0 ? null : tags })
}

function encodeLogLine(line: LogLine, hostTags: readonly string[]): string {
  const encode = (message: string): string =>
    JSON.stringify({
      message,
      status: line.status,
      timestamp: line.timestampMs,
      hostname: line.host,
      service: line.service,
      ddsource: line.source,
      ddtags: [...line.tags, ...hostTags].join(','),
    })
  const text = encode(line.message)
  const excess = Buffer.byteLength(text) - LOG_MAX_BYTES
  if (excess <= 0) return text
  // Escapes make a line longer, never shorter: this keeps enough away, with room for the mark.
  const bytes = Buffer.from(line.message)
  const kept = Math.max(0, bytes.length - excess - TRUNCATED.length - 3)
  return encode(
    bytes
      .subarray(0, kept)
      .toString('utf8')
      .replace(/\uFFFD+$/, '') + TRUNCATED,
  )
}

/** The Agent's own mark. */
const TRUNCATED = '...TRUNCATED...'
