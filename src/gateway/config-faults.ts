import { SubletError } from '../core/index.ts'

/** Everything that is wrong with a configuration file, at once. */
export class ConfigFaults extends SubletError {
  readonly file: string
  /** As people read them, in the order of the lines: `line 4: tls.keyFile: is missing`. */
  readonly faults: readonly string[]

  constructor(file: string, faults: readonly string[]) {
    const sorted = faults.toSorted((a, b) => lineOf(a) - lineOf(b))
    const list = sorted.map((fault) => `\n  ${fault}`)
    super('E_CONFIG', `${file} has ${faults.length} fault(s):${list.join('')}`)
    this.file = file
    this.faults = sorted
  }
}

/** Faults begin with `line N`. */
export const lineOf = (fault: string): number => Number(/^line (\d+)/.exec(fault)?.[1] ?? 0)
