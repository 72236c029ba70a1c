import type { webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import type * as X509 from '@peculiar/x509'
import { systemClock, type Clock } from '../core/index.ts'

/** A certificate with its private key, both PEM (the key PKCS #8, unencrypted). */
export interface KeyPair {
  readonly certPem: string
  readonly keyPem: string
}

export interface ServingRequest {
  readonly commonName: string
  readonly organizations?: readonly string[]
  readonly dnsNames?: readonly string[]
  /** IP addresses, v4 or v6. */
  readonly addresses?: readonly string[]
}

export interface ClientRequest {
  /** The user name, as Kubernetes reads it. */
  readonly commonName: string
  /** The groups. */
  readonly organizations?: readonly string[]
}

/** A certificate authority that lives in memory. */
export interface Authority {
  readonly certPem: string
  /** The authority's own key, so that it can be kept and loaded again. Never give it away. */
  readonly keyPem: string
  issueServing(request: ServingRequest): Promise<KeyPair>
  issueClient(request: ClientRequest): Promise<KeyPair>
}

const DAY = 24 * 3600 * 1000
/** As kubeadm: ten years for the authority, one for what it signs; and some slack for clocks that differ. */
const AUTHORITY_DAYS = 3650
const LEAF_DAYS = 365
const CLOCK_SLACK = 3600 * 1000

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const

/** Makes a new authority with an ECDSA P-256 key. Loads @peculiar/x509 on the first call (some 100 ms). */
export async function createAuthority(
  commonName: string,
  options: { clock?: Clock } = {},
): Promise<Authority> {
  const x509 = await load()
  const clock = options.clock ?? systemClock
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    ...validity(clock, AUTHORITY_DAYS),
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign |
          x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return authorityOf(x509, cert, keys.privateKey, clock)
}

async function authorityOf(
  x509: typeof X509,
  cert: X509.X509Certificate,
  signingKey: webcrypto.CryptoKey,
  clock: Clock,
): Promise<Authority> {
  const issue = async (leaf: Leaf): Promise<KeyPair> => {
    const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
    const names = alternativeNames(leaf)
    const issued = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: subjectOf(leaf),
      issuer: cert.subjectName,
      ...validity(clock, LEAF_DAYS),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: SIGNING,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[leaf.usage]]),
        await x509.AuthorityKeyIdentifierExtension.create(cert.publicKey),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
    })
    return { certPem: pem(issued), keyPem: await privatePem(x509, keys.privateKey) }
  }
  return {
    certPem: pem(cert),
    keyPem: await privatePem(x509, signingKey),
    issueServing: (request) => issue({ ...request, usage: 'serverAuth' }),
    issueClient: (request) => issue({ ...request, usage: 'clientAuth' }),
  }
}

interface Leaf extends ServingRequest {
  readonly usage: 'serverAuth' | 'clientAuth'
}

/** Organizations first, as Go writes a subject: each in a set of its own. */
function subjectOf(leaf: Leaf): X509.JsonName {
  return [...(leaf.organizations ?? []).map((name) => ({ O: [name] })), { CN: [leaf.commonName] }]
}

function alternativeNames(leaf: Leaf): X509.JsonGeneralNames {
  const { dnsNames = [], addresses = [] } = leaf
  return [
    ...dnsNames.map((value) => ({ type: 'dns', value }) as const),
    ...addresses
      .filter((value) => isIP(value) !== 0)
      .map((value) => ({ type: 'ip', value }) as const),
  ]
}

function validity(clock: Clock, days: number): { notBefore: Date; notAfter: Date } {
  const now = clock.now()
  return { notBefore: new Date(now - CLOCK_SLACK), notAfter: new Date(now + days * DAY) }
}

/** 128 random bits, positive (hexadecimal). */
function serialNumber(): string {
  const bytes = crypto.getRandomValues(Buffer.alloc(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

function pem(cert: X509.X509Certificate): string {
  return `${cert.toString('pem')}\n`
}

async function privatePem(x509: typeof X509, key: webcrypto.CryptoKey): Promise<string> {
  const der = await crypto.subtle.exportKey('pkcs8', key)
  return `${x509.PemConverter.encode(der, 'PRIVATE KEY')}\n`
}

/** Loaded only by processes that issue certificates. The library's injector wants reflect-metadata before it. */
async function load(): Promise<typeof X509> {
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  x509.cryptoProvider.set(crypto)
  return x509
}
