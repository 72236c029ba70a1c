/** A hash of what an instance says, with which several instances of a check are told apart: FNV-1a, 64 bits, in hexadecimal. */
export function instanceHash(...parts: readonly unknown[]): string {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(canonical(parts))) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  }
  return hash.toString(16)
}

/** JSON with sorted keys: the order in the file says nothing. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
