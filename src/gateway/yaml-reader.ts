import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml'

/** A YAML document that is read key by key; every fault names its line, and reading goes on to find the others. */
export interface YamlReader {
  readonly root: YamlValue
  readonly faults: string[]
}

/** One value of the document, or the absence of one. */
export interface YamlValue {
  /** `tenants[0].api.url` */
  readonly path: string
  readonly isThere: boolean
  readonly isNull: boolean
  fault(message: string): void
  /** A member; asking for it makes its key known. */
  key(name: string): YamlValue
  /** Ends the reading of an object: keys that were not asked for are faults. */
  noOtherKeys(): void
  /** Items of a list; a fault and none for anything else. */
  items(): readonly YamlValue[]
  /** The text, or a fault and undefined. */
  text(): string | undefined
  flag(): boolean | undefined
  /** A whole number of at least `least`, or a fault and undefined. */
  number(least: number): number | undefined
}

export function readYaml(text: string): YamlReader {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, stringKeys: true })
  const faults = document.errors.map((error) => {
    const [first] = error.linePos ?? []
    return `line ${first?.line ?? 1}: ${error.message.split('\n')[0] ?? 'not YAML'}`
  })
  const lineOf = (node: Node | null | undefined, fallback: number): number =>
    node?.range ? lines.linePos(node.range[0]).line : fallback
  const root = faults.length > 0 ? null : document.contents
  return { root: valueOf(root, '', 1, true, { faults, lineOf }), faults }
}

interface Context {
  readonly faults: string[]
  lineOf(node: Node | null | undefined, fallback: number): number
}

function valueOf(
  node: Node | null | undefined,
  path: string,
  keyLine: number,
  isThere: boolean,
  context: Context,
): YamlValue {
  const line = context.lineOf(node, keyLine)
  const known = new Set<string>()
  const isNull = node === null || node === undefined || (isScalar(node) && node.value === null)
  const fault = (message: string): void => {
    context.faults.push(`line ${line}: ${path === '' ? '' : `${path}: `}${message}`)
  }
  const pairs = isMap<Node, Node | null>(node) ? node.items : []
  const nameOf = (key: Node): string => (isScalar(key) ? String(key.value) : '')

  return {
    path,
    isThere,
    isNull,
    fault,
    key(name) {
      known.add(name)
      const pair = pairs.find((each) => nameOf(each.key) === name)
      const at = path === '' ? name : `${path}.${name}`
      const here = pair ? context.lineOf(pair.key, line) : keyLine
      return valueOf(pair?.value, at, here, pair !== undefined, context)
    },
    noOtherKeys() {
      if (!isMap(node) && !isNull) fault('must be an object')
      for (const pair of pairs) {
        const name = nameOf(pair.key)
        if (known.has(name)) continue
        const where = path === '' ? '' : ` in ${path}`
        const wanted = [...known].join(', ')
        context.faults.push(
          `line ${context.lineOf(pair.key, line)}: unknown key "${name}"${where} (known: ${wanted})`,
        )
      }
    },
    items() {
      if (isSeq<Node>(node)) {
        return node.items.map((item, i) =>
          valueOf(item, `${path}[${i}]`, context.lineOf(item, line), true, context),
        )
      }
      if (!isNull) fault('must be a list')
      return []
    },
    ...scalarsOf(node, isNull, fault),
  }
}

/** A value read as one thing. */
function scalarsOf(
  node: Node | null | undefined,
  isNull: boolean,
  fault: (message: string) => void,
): Pick<YamlValue, 'text' | 'flag' | 'number'> {
  return {
    text() {
      if (isNull) return undefined
      if (isScalar(node) && typeof node.value === 'string' && node.value !== '') return node.value
      fault('must be text')
      return undefined
    },
    flag() {
      if (isNull) return undefined
      if (isScalar(node) && typeof node.value === 'boolean') return node.value
      fault('must be true or false')
      return undefined
    },
    number(least) {
      if (isNull) return undefined
      const value = isScalar(node) ? node.value : undefined
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value
      fault(`must be a whole number, ${least} or more`)
      return undefined
    },
  }
}
