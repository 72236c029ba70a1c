import { goFloat } from './go-float.ts'

/** One series: labels without order (they are sorted when written), a value, and for some a time in milliseconds. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly at?: number | undefined
  /** `_bucket`, `_sum`, `_count` of a histogram. */
  readonly suffix?: string
  /** The bucket's upper bound; written as the last label, as Go does. */
  readonly le?: string
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

/**
 * Prometheus' classic text (version 0.0.4): families by name, their samples by label values, empty families left out.
 * Histograms keep the order they come in.
 */
export function exposition(families: readonly Family[]): string {
  const lines: string[] = []
  const byName = families.filter((family) => family.samples.length > 0).toSorted(order)
  for (const family of byName) {
    lines.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`)
    const written = family.samples.map((sample) => write(family.name, sample))
    if (family.type !== 'histogram') written.sort((a, b) => compare(a.key, b.key))
    for (const sample of written) lines.push(sample.line)
  }
  return lines.length === 0 ? '' : lines.join('\n') + '\n'
}

function order(a: Family, b: Family): number {
  return compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function write(name: string, sample: Sample): { key: string; line: string } {
  const keys = Object.keys(sample.labels).sort()
  const labels = keys.map((key) => `${key}="${escape(sample.labels[key] ?? '')}"`)
  if (sample.le !== undefined) labels.push(`le="${sample.le}"`)
  const braces = labels.length === 0 ? '' : `{${labels.join(',')}}`
  const at = sample.at === undefined ? '' : ` ${Math.round(sample.at)}`
  return {
    key: keys.map((key) => sample.labels[key]).join('\u0000'),
    line: `${name}${sample.suffix ?? ''}${braces} ${goFloat(sample.value)}${at}`,
  }
}

function escape(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : value
}
