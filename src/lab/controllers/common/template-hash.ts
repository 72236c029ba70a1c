/** The letters and digits of generated names (apimachinery/util/rand). */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * What a pod template is known by in names and labels: FNV-1a of 32 bits, written with letters that make no words
 * (controller.ComputeHash). The order of keys does not matter; a collision count makes another hash of the same
 * template. Kubernetes hashes Go's own print-out of the template: the same shape, other values.
 */
export function templateHash(template: unknown, collisionCount?: number): string {
  const text = JSON.stringify(sortKeys(template))
  const suffix = collisionCount === undefined ? '' : `\n${collisionCount}`
  return safeEncode(String(fnv1a(Buffer.from(text + suffix))))
}

function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** rand.SafeEncodeString */
function safeEncode(text: string): string {
  return [...Buffer.from(text)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
}

/** The same value with its keys in order; what is undefined is left out. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(sorted.map(([key, part]) => [key, sortKeys(part)]))
}

/** Whether two values are the same JSON; the order of keys does not matter. */
export function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(sortKeys(a)) === JSON.stringify(sortKeys(b))
}
