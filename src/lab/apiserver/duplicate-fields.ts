/**
 * The fields that a JSON text has twice, as paths like `spec.replicas`; the first hundred of them. The text must be
 * valid JSON. Values are skipped as text; only keys are decoded.
 */
export function duplicateFields(text: string): string[] {
  const found: string[] = []
  const levels: Level[] = []
  for (const match of text.matchAll(TOKEN)) {
    const [part] = match
    const top = levels.at(-1)
    if (part === '{' || part === '[') {
      levels.push({ keys: part === '{' ? new Set() : undefined, key: '', index: 0 })
    } else if (part === '}' || part === ']') levels.pop()
    else if (part === ',' && top) top.index += 1
    else if (top?.keys && isKey(text, match.index, part) && !addKey(top, top.keys, part)) {
      found.push(pathOf(levels))
      if (found.length >= MAX_FOUND) break
    }
  }
  return found
}

const MAX_FOUND = 100
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** Whether the key is new to its object. */
function addKey(level: Level, keys: Set<string>, quoted: string): boolean {
  level.key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  if (keys.has(level.key)) return false
  keys.add(level.key)
  return true
}

/** One object or array that is open; `keys` of an object. */
interface Level {
  readonly keys: Set<string> | undefined
  key: string
  index: number
}

/** Whether a token is a string that a colon follows. */
function isKey(text: string, start: number, token: string): boolean {
  if (!token.startsWith('"')) return false
  let at = start + token.length
  while (' \t\r\n'.includes(text[at] ?? '-')) at += 1
  return text[at] === ':'
}

const pathOf = (levels: readonly Level[]): string =>
  levels
    .map(({ keys, key, index }) => (keys ? `.${key}` : `[${index}]`))
    .join('')
    .slice(1)
