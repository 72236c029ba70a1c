import { readSmall } from '../../core/index.ts'

/** The text of a file in /proc or a control group, a character for each byte; undefined when it is not there (any more). */
export const readKernelFile = (path: string): string | undefined => readSmall(path, 'latin1')

/** The number in a file of one number; 0 when there is none. */
export function readNumber(path: string): number {
  const value = Number(readKernelFile(path) ?? '0')
  return Number.isFinite(value) ? value : 0
}

/** A file of `key value` lines, as memory.stat and cpu.stat are. */
export function readKeyed(path: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>()
  for (const line of (readKernelFile(path) ?? '').split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) values.set(line.slice(0, space), Number(line.slice(space + 1)))
  }
  return values
}
