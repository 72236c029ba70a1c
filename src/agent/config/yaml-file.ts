import { readFileSync, statSync } from 'node:fs'
import { describe } from '../go-errors.ts'
import { MAX_CONFIG_BYTES } from '../limits.ts'

/** A YAML file, read. Maps have no prototype, so that a key may have any name. */
export interface YamlFile {
  /** As people know it: the path in the container. */
  readonly name: string
  /** undefined when the file is empty, or is no YAML. */
  readonly value: unknown
  readonly faults: readonly string[]
  /** `FILE:LINE` of the key or item at the end of this path; of the nearest that there is. */
  at(path: readonly (string | number)[]): string
}

/**
 * Reads a file of at most 1 MiB. `path` is where it is on the machine, `name` how people know it. What cannot be read is a
 * fault, never an exception; no fault holds a line of the file, which may be a secret. The parser is loaded when there is a file.
 */
export async function readYamlFile(path: string, name: string): Promise<YamlFile> {
  const failed = (fault: string): YamlFile => ({
    name,
    value: undefined,
    faults: [fault],
    at: () => name,
  })
  let text: string
  try {
    const info = statSync(path)
    // A pipe or a device would hold the agent up for ever.
    if (!info.isFile()) return failed(`${name}: is no regular file`)
    if (info.size > MAX_CONFIG_BYTES) {
      return failed(`${name}: is larger than ${MAX_CONFIG_BYTES} bytes`)
    }
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return failed(`${name}: ${describe(error, name)}`)
  }
  const { LineCounter, isMap, isNode, isPair, isScalar, isSeq, parseDocument } =
    await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    merge: true,
  })
  const lineAt = (offset: number | undefined): number => lines.linePos(offset ?? 0).line
  if (document.errors.length > 0) {
    const faults = document.errors.map(
      (error) => `${name}:${lineAt(error.pos[0])}: ${plain(error.message)}`,
    )
    return { ...failed(''), faults }
  }
  const at = (steps: readonly (string | number)[]): string => {
    let node: unknown = document.contents
    let line = 0
    for (const step of steps) {
      const found: unknown = isMap(node)
        ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step))
        : isSeq(node)
          ? node.items[Number(step)]
          : undefined
      const key: unknown = isPair(found) ? found.key : found
      if (!isNode(key) || !key.range) break
      line = lineAt(key.range[0])
      node = isPair(found) ? found.value : found
    }
    return line === 0 ? name : `${name}:${line}`
  }
  try {
    return { name, value: bare(document.toJS({ maxAliasCount: 100 })), faults: [], at }
  } catch {
    // The error would quote the alias.
    return failed(`${name}: an alias (*) has no anchor before it, or stands for too much`)
  }
}

/** Without what the parser quotes from the file: that comes after a colon, in quotes or after an escape. */
const plain = (message: string): string => (message.split(/[:"`\\%\n]/)[0] ?? '').trim()

/** The same value with maps that have no prototype. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => [key, bare(member)] as const)
  return Object.assign(Object.create(null) as object, Object.fromEntries(entries))
}

export const isYamlMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
