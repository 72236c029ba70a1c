import { quote } from './output/go-format.ts'

/** A request without an answer. The message is what Go's client says: `Get "URL": dial tcp …`. */
export class GetError extends Error {
  override readonly name = 'GetError'
  /** Node's own code, `ECONNREFUSED` and the like. */
  readonly code: string | undefined
  constructor(message: string, code: string | undefined, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

interface SystemFault {
  readonly code?: string
  readonly syscall?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly path?: string
}

/** Where the connection went, as Go names it: `tcp 10.0.0.5:10250`. */
function target(fault: SystemFault): string {
  if (fault.path !== undefined || fault.port === undefined)
    return `unix ${fault.address ?? fault.path ?? ''}`
  return `tcp ${fault.address ?? fault.hostname ?? ''}:${fault.port}`
}

const UNKNOWN_AUTHORITY =
  'tls: failed to verify certificate: x509: certificate signed by unknown authority'

/** Node's codes and what Go's client says in the same case: logs, doctors and people look for Go's words. */
const TEXTS: Readonly<Record<string, (fault: SystemFault, message: string) => string>> = {
  ECONNREFUSED: (fault) => `dial ${target(fault)}: connect: connection refused`,
  EHOSTUNREACH: (fault) => `dial ${target(fault)}: connect: no route to host`,
  ENETUNREACH: (fault) => `dial ${target(fault)}: connect: network is unreachable`,
  ENOENT: (fault) => `dial ${target(fault)}: connect: no such file or directory`,
  EACCES: (fault) => `dial ${target(fault)}: connect: permission denied`,
  ENOTFOUND: (fault) => `dial tcp: lookup ${fault.hostname ?? ''}: no such host`,
  EAI_AGAIN: (fault) => `dial tcp: lookup ${fault.hostname ?? ''}: server misbehaving`,
  ECONNRESET: () => 'EOF',
  EPIPE: () => 'write: broken pipe',
  ETIMEDOUT: (fault) => `dial ${target(fault)}: connect: connection timed out`,
  SELF_SIGNED_CERT_IN_CHAIN: () => UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: () => UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: () =>
    'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: (_, message) =>
    `tls: failed to verify certificate: x509: ${message}`,
  EPROTO: () => 'tls: handshake failure',
  Z_BUF_ERROR: () => 'unexpected EOF',
  Z_DATA_ERROR: () => 'gzip: invalid header',
}

/** `Get "URL": <what Go says>`, with the bare part as message of the cause. Errors that are GetErrors already stay. */
export function goError(error: unknown, url: string): GetError {
  if (error instanceof GetError) return error
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  const fault = (typeof first === 'object' && first !== null ? first : {}) as SystemFault
  const message = first instanceof Error ? first.message : String(first)
  const text = TEXTS[fault.code ?? '']?.(fault, message) ?? message
  return new GetError(`Get ${quote(url)}: ${text}`, fault.code, error)
}

export const deadlineExceeded = (url: string, cause: unknown): GetError =>
  new GetError(`Get ${quote(url)}: context deadline exceeded`, 'ETIMEDOUT', cause)

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** A failed file read in Go's words, with the path as the container knows it. */
export function describe(error: unknown, path: string): string {
  const code = (error as { code?: string }).code
  if (code === 'ENOENT') return `open ${path}: no such file or directory`
  if (code === 'EACCES') return `open ${path}: permission denied`
  return `open ${path}: ${messageOf(error)}`
}
