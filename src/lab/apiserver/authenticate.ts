import { createHash, type X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { secret, type Logger } from '../../core/index.ts'
import type { UserInfo } from '../../kube/index.ts'
import type { TokenAuthenticator } from './service-account-tokens.ts'

const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] }

/** Who sends a request: client certificate first, then bearer token, else anonymous. undefined: a bad credential. */
export function createAuthenticator(
  tokens: TokenAuthenticator,
  log: Logger,
): (request: IncomingMessage) => Promise<UserInfo | undefined> {
  return async (request) => {
    const certified = certificateUser(request)
    if (certified !== 'none') return certified
    const header = request.headers.authorization
    if (header === undefined || !/^bearer(\s|$)/i.test(header)) return ANONYMOUS
    const token = header.slice('bearer'.length).trim()
    if (token === '') return ANONYMOUS
    const answer = await tokens.authenticate(secret(token))
    if (answer.ok) return answer.user
    log.debug({ error: answer.error }, 'a bearer token was refused')
    return undefined
  }
}

const users = new WeakMap<TLSSocket, UserInfo | undefined>()

/** The user that a connection's certificate names; undefined when the certificate is not of our CA. */
function certificateUser(request: IncomingMessage): UserInfo | undefined | 'none' {
  const { socket } = request
  if (!(socket instanceof TLSSocket)) return 'none'
  if (users.has(socket)) return users.get(socket)
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return 'none'
  const user = socket.authorized ? userOfCertificate(certificate) : undefined
  users.set(socket, user)
  return user
}

/** CN is the name, each O a group (apiserver/pkg/authentication/request/x509). */
function userOfCertificate(certificate: X509Certificate): UserInfo | undefined {
  const subject = certificate.toLegacyObject().subject as unknown as Record<string, unknown>
  const [username] = textsOf(subject['CN'])
  if (username === undefined || username === '') return undefined
  const id = createHash('sha256').update(certificate.raw).digest('hex')
  return {
    username,
    groups: [...new Set([...textsOf(subject['O']), 'system:authenticated'])],
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${id}`] },
  }
}

/** A part of a subject: once, several times or not there. */
const textsOf = (value: unknown): string[] =>
  [value].flat().filter((one): one is string => typeof one === 'string')
