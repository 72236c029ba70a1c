import { isFields, type Fields } from '../fields.ts'
import { refusals } from '../refusals.ts'

/** Where a list goes on: after which key, and at which revision. Below zero: whatever is there now. */
export interface Place {
  readonly revision: number
  readonly start: string
}

const VERSION = 'meta.k8s.io/v1'
/** The next key that there can be after a key. */
const JUST_AFTER = '\0'

const refuse = (why: string): never => {
  throw refusals.badRequest(`invalid continue token: continue key is not valid: ${why}`)
}

/** A token for what follows `key` (`namespace/name`, or `name` in a list of one namespace). */
export function continueAfter(key: string, revision: number): string {
  return tokenOf({ revision, start: key + JUST_AFTER })
}

/** The token as a kube-apiserver writes it (apiserver/pkg/storage.EncodeContinue). */
export function tokenOf({ revision, start }: Place): string {
  return Buffer.from(JSON.stringify({ v: VERSION, rv: revision, start })).toString('base64url')
}

/** Reads a token. Throws BadRequest in a kube-apiserver's words. */
export function placeOf(token: string): Place {
  const isBase64 = /^[\w-]*$/.test(token) && token.length % 4 !== 1
  if (!isBase64) refuse('illegal base64 data at input byte 0')
  const { v, rv, start } = parse(Buffer.from(token, 'base64url').toString())
  if (v !== VERSION) {
    refuse(`server does not recognize this encoded version ${JSON.stringify(v ?? '')}`)
  }
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0) {
    return refuse(`incorrect encoded start resourceVersion (version ${VERSION})`)
  }
  if (typeof start !== 'string' || start === '') {
    return refuse(`encoded start key empty (version ${VERSION})`)
  }
  return { revision: rv, start }
}

function parse(text: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    refuse('invalid character in the token')
  }
  return isFields(value) ? value : refuse('the token is no JSON object')
}
