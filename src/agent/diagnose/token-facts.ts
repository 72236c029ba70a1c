import { readFileSync } from 'node:fs'
import { secret } from '../../core/secret.ts'
import { decodeToken } from '../../kube/decode-token.ts'
import type { AgentConfig } from '../config.ts'
import { describe } from '../go-errors.ts'
import { MAX_TOKEN_BYTES } from '../limits.ts'

/** Whose token is in a file, who issued it, and until when: a sentence that holds nothing of the token itself. */
export function tokenFacts(config: AgentConfig, path: string): string {
  let text: string
  try {
    text = readFileSync(config.real(path), 'utf8').trim()
  } catch (error) {
    return `Token: ${describe(error, path)}`
  }
  if (text === '') return `${path} is empty`
  if (text.length > MAX_TOKEN_BYTES) return `${path} is too large for a token`
  const decoded = decodeToken(secret(text))
  if (!decoded.ok) return `${path} holds a token that is no JWT`
  const { sub, iss, exp } = decoded.claims
  const until = exp === undefined ? 'without an end' : `until ${new Date(exp * 1000).toISOString()}`
  return `${path} holds a token of ${sub}, issued by ${iss}, ${until}`
}
