import { createHash, type KeyObject } from 'node:crypto'

const known = new WeakMap<object, string>()

/** A short name of a public key, the same whatever it is called or wrapped in; computed once for each holder of it. */
export function publicKeyFingerprint(holder: { readonly publicKey: KeyObject }): string {
  const found = known.get(holder)
  if (found !== undefined) return found
  const der = holder.publicKey.export({ type: 'spki', format: 'der' })
  const made = createHash('sha256').update(der).digest('base64')
  known.set(holder, made)
  return made
}
