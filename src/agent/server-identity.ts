import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import type { PeerCertificate } from 'node:tls'

/**
 * Whether a certificate is for this host, by the rules of Go's crypto/x509 (1.15 and later): an address must be among its IP
 * addresses, a name among its DNS names (`*` stands for one whole first label), and the common name counts for nothing.
 * Node alone would take the common name where there are no names. The error says it in Go's words.
 */
export function checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  const parsed = new X509Certificate(certificate.raw)
  const strict = { subject: 'never', partialWildcards: false, wildcards: true } as const
  const fits = isIP(host) === 0 ? parsed.checkHost(host, strict) : parsed.checkIP(host)
  if (fits !== undefined) return undefined
  const error = new Error(whyNot(host, parsed)) as Error & { code: string }
  error.code = 'ERR_TLS_CERT_ALTNAME_INVALID'
  return error
}

function whyNot(host: string, certificate: X509Certificate): string {
  const names = certificate.subjectAltName?.split(', ') ?? []
  const isAddress = isIP(host) !== 0
  const prefix = isAddress ? 'IP Address:' : 'DNS:'
  const valid = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
  if (names.length === 0 && certificate.checkHost(host, { subject: 'always' }) !== undefined) {
    return 'certificate relies on legacy Common Name field, use SANs instead'
  }
  if (valid.length > 0) return `certificate is valid for ${valid.join(', ')}, not ${host}`
  return isAddress
    ? `cannot validate certificate for ${host} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${host}`
}
