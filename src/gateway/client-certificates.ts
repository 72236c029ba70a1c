import { X509Certificate } from 'node:crypto'
import { SubletError, type Clock } from '../core/index.ts'
import type { UserInfo } from '../kube/index.ts'
import { LIMITS } from './limits.ts'
import { publicKeyFingerprint } from './public-key-fingerprint.ts'

/** A tenant as far as certificates need it: the authorities that sign its clients. */
export interface CertificateTenant {
  readonly clientCas: readonly X509Certificate[]
}

export type CertificateOwner<T> =
  | {
      readonly kind: 'user'
      readonly tenant: T
      readonly user: UserInfo
      readonly expiresAt: number
    }
  /** No tenant's authority signed it: it says nothing, for or against. */
  | { readonly kind: 'stranger' }
  | { readonly kind: 'refused'; readonly why: string }

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/**
 * Whose a client certificate is, and who: the tenant whose authority signed it directly (CN is the user, each O a group,
 * as kube-apiserver reads them). That the peer has its private key, the TLS handshake has shown.
 */
export function certificateOwner<T extends CertificateTenant>(
  certificate: X509Certificate,
  tenants: readonly T[],
  clock: Clock,
): CertificateOwner<T> {
  const signers = tenants.flatMap((tenant) => {
    const ca = tenant.clientCas.find((each) => isSignedBy(certificate, each))
    return ca === undefined ? [] : [{ tenant, ca }]
  })
  const [signer, another] = signers
  if (signer === undefined) return { kind: 'stranger' }
  const { tenant, ca } = signer
  if (another !== undefined || isShared(ca, tenant, tenants)) {
    return refuse('the authority of the certificate is not one tenant’s alone')
  }
  if (!isValidNow(ca, clock) || !isValidNow(certificate, clock)) {
    return refuse('the certificate, or its authority, is not valid at this time')
  }
  // Node's name for the extended key usages.
  if (
    certificate.ca ||
    !((certificate.keyUsage as string[] | undefined) ?? []).includes(CLIENT_AUTH)
  ) {
    return refuse('the certificate is not for clients')
  }
  const user = userOfSubject(certificate)
  if (user === undefined) return refuse('the subject of the certificate is no user')
  return { kind: 'user', tenant, user, expiresAt: Date.parse(certificate.validTo) }
}

const refuse = (why: string): { kind: 'refused'; why: string } => ({ kind: 'refused', why })

function isSignedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
  return ca.ca && certificate.checkIssued(ca) && certificate.verify(ca.publicKey)
}

/** Another tenant's clients are signed with the same key, perhaps under another name. */
function isShared<T extends CertificateTenant>(
  ca: X509Certificate,
  tenant: T,
  tenants: readonly T[],
): boolean {
  const wanted = publicKeyFingerprint(ca)
  return tenants.some(
    (other) =>
      other !== tenant && other.clientCas.some((each) => publicKeyFingerprint(each) === wanted),
  )
}

function isValidNow({ validFrom, validTo }: X509Certificate, clock: Clock): boolean {
  const now = clock.now()
  return Date.parse(validFrom) - LIMITS.clockSkewMs <= now && now < Date.parse(validTo)
}

/** Printable ASCII: what else may be in a subject cannot be told apart reliably. */
const NAME = /^[\x20-\x7e]{1,253}$/

function userOfSubject(certificate: X509Certificate): UserInfo | undefined {
  const { CN: username, O: organizations = [] } = certificate.toLegacyObject().subject as {
    CN?: string | string[]
    O?: string | string[]
  }
  const groups = typeof organizations === 'string' ? [organizations] : organizations
  if (typeof username !== 'string' || username === 'system:anonymous') return undefined
  if (![username, ...groups].every((name) => NAME.test(name))) return undefined
  if (groups.includes('system:unauthenticated')) return undefined
  return { username, groups: [...new Set([...groups, 'system:authenticated'])] }
}

/** The certificates of a PEM file. Throws E_CONFIG when it has none, or one that is no authority. */
export function parseAuthorities(pem: string, file: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const fault = (why: string, cause?: unknown): SubletError =>
    new SubletError('E_CONFIG', `${file} ${why}`, { cause })
  if (blocks.length === 0) throw fault('has no certificate')
  return blocks.map((block) => {
    let certificate: X509Certificate
    try {
      certificate = new X509Certificate(block)
    } catch (cause) {
      throw fault('has a certificate that cannot be parsed', cause)
    }
    if (!certificate.ca) throw fault('has a certificate that is no authority')
    return certificate
  })
}
