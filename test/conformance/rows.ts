/** A line of Prometheus' text format. */
export interface Row {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** As it is written. */
  readonly value: string
}

/** The rows of an exposition, read without the code under test. Throws for a line that is none. */
export function rowsOf(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', , inside = '', value = ''] =
        /^([a-zA-Z_:][\w:]*)(\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? (\S+)(?: -?\d+)?$/.exec(line) ??
        []
      if (name === '') throw new Error(`no row: ${line}`)
      const labels = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
      return {
        name,
        value,
        labels: Object.fromEntries(labels.map(([, key = '', v = '']) => [key, v])),
      }
    })
}

export const valueOf = (row: Row | undefined): number => Number(row?.value)
