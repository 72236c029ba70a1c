/** Counters of the gateway itself, in the text format. Small enough to need no library. */
export interface Counters {
  add(name: CounterName, labels: Readonly<Record<string, string>>, by?: number): void
  text(): string
}

const HELP = {
  sublet_gateway_requests_total: 'Requests by endpoint, tenant and status.',
  sublet_gateway_upstream_reads_total: 'Reads of the kubelet by endpoint.',
  sublet_gateway_upstream_bytes_total: 'Bytes read from the kubelet by endpoint.',
  sublet_gateway_upstream_failures_total: 'Failed reads of the kubelet by endpoint.',
  sublet_gateway_rows_total: 'Metric rows by what became of them.',
} as const

export type CounterName = keyof typeof HELP

export function createCounters(): Counters {
  const values = new Map<CounterName, Map<string, number>>()
  return {
    add(name, labels, by = 1) {
      const series = values.get(name) ?? new Map<string, number>()
      values.set(name, series)
      const key = Object.entries(labels)
        .map(([label, value]) => `${label}="${value.replace(/["\\\n]/g, '_')}"`)
        .join(',')
      series.set(key, (series.get(key) ?? 0) + by)
    },
    text() {
      const lines: string[] = []
      for (const [name, series] of values) {
        lines.push(`# HELP ${name} ${HELP[name]}`, `# TYPE ${name} counter`)
        for (const [key, value] of series) lines.push(`${name}{${key}} ${value}`)
      }
      return lines.map((line) => `${line}\n`).join('')
    },
  }
}
