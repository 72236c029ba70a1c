import { SubletError } from '../core/index.ts'
import type { Status } from './objects.ts'
import { failure } from './status.ts'

/** The beginning of a refusal's body; a Status is never long. */
export async function readSome(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > 64 * 1024) break
  }
  return Buffer.concat(chunks)
}

/** The Status in a refusal's body, or one made up from the HTTP code and the beginning of the text. */
export function statusOf(code: number, body: Buffer): Status {
  const text = body.toString('utf8')
  try {
    const found = JSON.parse(text) as Partial<Status> | null
    if (found?.kind === 'Status') return { ...(found as Status), code: found.code ?? code }
  } catch {
    // Not JSON: a proxy's page, or Go's plain text.
  }
  const short = text.trim().slice(0, 200)
  return failure(code, '', short === '' ? `HTTP ${code}` : `HTTP ${code}: ${short}`)
}

export function parseJson(body: Buffer, what: string): unknown {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch (cause) {
    throw new SubletError('E_HTTP', `${what}: the answer is not JSON`, { cause })
  }
  throw new SubletError('E_HTTP', `${what}: the answer is not a JSON object`)
}
