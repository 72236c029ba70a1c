import type { SinkStatus } from '../sink.ts'
import { escapeHelp } from './names.ts'
import type { Registry, Sample } from './registry.ts'

export type Format = 'text' | 'openmetrics'

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
}

/** OpenMetrics when the scraper likes it at least as well as plain text; without a wish, plain text. */
export function negotiate(accept: string | undefined): Format {
  const wish = { text: 0, openmetrics: 0 }
  for (const part of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((word) => word.trim().toLowerCase())
    const quality = parameters.find((parameter) => parameter.startsWith('q='))
    const q = quality === undefined ? 1 : Number(quality.slice(2)) || 0
    if (type === 'application/openmetrics-text') wish.openmetrics = Math.max(wish.openmetrics, q)
    else if (['text/plain', 'text/*', '*/*'].includes(type)) wish.text = Math.max(wish.text, q)
  }
  return wish.openmetrics > 0 && wish.openmetrics >= wish.text ? 'openmetrics' : 'text'
}

/** A scrape without its end: `renderOwn` and, for OpenMetrics, `# EOF` follow. */
export function renderSeries(registry: Registry, format: Format): string {
  const families = [...registry.families()].map(([family, samples]) =>
    renderFamily(family, samples, format),
  )
  return families.join('')
}

function renderFamily(family: string, samples: readonly Sample[], format: Format): string {
  const first = samples[0]
  if (!first) return ''
  const { type } = first
  const sampleName = type === 'counter' ? `${family}_total` : family
  const name = format === 'text' ? sampleName : family
  const metrics = [...new Set(samples.map(({ metric }) => metric))].join(', ')
  const lines = samples.map(({ labels, value }) => `${sampleName}{${labels}} ${value}\n`)
  return `# HELP ${name} Datadog: ${escapeHelp(metrics)}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

interface OwnMetric {
  readonly family: string
  readonly type: 'counter' | 'gauge'
  readonly help: string
  readonly values: (sink: SinkStatus) => readonly (readonly [labels: string, value: number])[]
}

const OWN: readonly OwnMetric[] = [
  {
    family: 'sublet_agent_sink_items',
    type: 'counter',
    help: 'Series, service checks and log lines that a sink has sent, lost or left out',
    values: ({ sent, failed, dropped }) => [
      [',outcome="sent"', sent],
      [',outcome="failed"', failed],
      [',outcome="dropped"', dropped],
    ],
  },
  {
    family: 'sublet_agent_sink_queue_bytes',
    type: 'gauge',
    help: 'Bytes that wait in the queue of a sink',
    values: ({ queueBytes }) => [['', queueBytes]],
  },
  {
    family: 'sublet_agent_sink_queue_items',
    type: 'gauge',
    help: 'Series, service checks and log lines that wait in the queue of a sink',
    values: ({ queuedItems }) => [['', queuedItems]],
  },
]

/** The agent's own numbers, and the end of the page. */
export function renderOwn(sinks: readonly SinkStatus[], format: Format): string {
  const parts = OWN.map(({ family, type, help, values }) => {
    const sampleName = type === 'counter' ? `${family}_total` : family
    const name = format === 'text' ? sampleName : family
    const lines = sinks.flatMap((sink) =>
      values(sink).map(([more, value]) => `${sampleName}{sink="${sink.name}"${more}} ${value}\n`),
    )
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
  })
  return parts.join('') + (format === 'openmetrics' ? '# EOF\n' : '')
}
