import { createPrivateKey, X509Certificate } from 'node:crypto'
import { SubletError } from '../core/index.ts'
import type { GatewayConfig } from './config.ts'
import { readPem } from './gateway-tenant.ts'

/** A certificate and its key, read and found to belong together. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  readonly clientCa: string | undefined
  /** When the certificate expires, in milliseconds since 1970. */
  readonly notAfter: number
}

/** Throws E_CONFIG for a file that cannot be read or parsed, and for a key that is not the certificate's. */
export function loadTls({ tls }: Pick<GatewayConfig, 'tls'>): TlsMaterial {
  const cert = readPem(tls.certFile)
  const key = readPem(tls.keyFile)
  const clientCa = tls.clientCaFile === undefined ? undefined : readPem(tls.clientCaFile)
  const certificate = parsed(tls.certFile, () => new X509Certificate(cert))
  const privateKey = parsed(tls.keyFile, () => createPrivateKey(key))
  if (tls.clientCaFile !== undefined) {
    parsed(tls.clientCaFile, () => new X509Certificate(clientCa ?? ''))
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new SubletError('E_CONFIG', `${tls.keyFile} is not the key of ${tls.certFile}`)
  }
  return { cert, key, clientCa, notAfter: Date.parse(certificate.validTo) }
}

/** What the parser says of a key is not repeated: it may quote it. */
function parsed<T>(file: string, parse: () => T): T {
  try {
    return parse()
  } catch {
    throw new SubletError('E_CONFIG', `${file} has no PEM certificate or key that can be parsed`)
  }
}
