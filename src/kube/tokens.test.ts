import { createHmac, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { manualClock, secret } from '../core/index.ts'
import { decodeToken } from './decode-token.ts'
import { boundClaims, legacyClaims, userOf, type TokenClaims } from './token-claims.ts'
import {
  createTokenKey,
  jwksOf,
  parseJwks,
  signToken,
  verificationKeyOf,
  verifyToken,
  type TokenKey,
} from './tokens.ts'

const ISSUER = 'https://kubernetes.default.svc.cluster.local'
const clock = manualClock()
let key: TokenKey
let other: TokenKey

beforeAll(async () => {
  ;[key, other] = await Promise.all([createTokenKey(), createTokenKey()])
})

function claims(): TokenClaims {
  return boundClaims({
    issuer: ISSUER,
    audiences: [ISSUER],
    namespace: 'test-app',
    serviceAccount: { name: 'default', uid: 'sa-uid' },
    pod: { name: 'web', uid: 'pod-uid' },
    lifetimeMs: 3600_000,
    clock,
  })
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

describe('a signed token', () => {
  test('is verified with its key, and looks as those of kube-apiserver 1.36', async () => {
    const token = await signToken(key, claims())
    const verdict = await verifyToken(token, [other, key], { clock, issuers: [ISSUER] })
    expect(verdict).toMatchObject({ ok: true, header: { alg: 'RS256', kid: key.kid }, key })
    const [head = '', body = ''] = token.reveal().split('.')
    const decode = (text: string): object =>
      JSON.parse(Buffer.from(text, 'base64url').toString()) as object
    expect(Object.keys(decode(head))).toEqual(['alg', 'kid'])
    expect(Object.keys(decode(body))).toEqual(
      ['aud', 'exp', 'iat', 'iss', 'jti', 'kubernetes.io', 'nbf', 'sub'], // as the real ones
    )
  })

  test('is still verified after the keys went over the wire as JWKS', async () => {
    const keys = parseJwks(JSON.parse(JSON.stringify(jwksOf([other, key]))))
    expect(keys.map(({ kid }) => kid)).toEqual([other.kid, key.kid])
    expect(await verifyToken(await signToken(key, claims()), keys, { clock })).toMatchObject({
      ok: true,
    })
    expect(jwksOf([key]).keys[0]).not.toHaveProperty('d')
  })

  test('may be of an ES256 key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const ec = { ...verificationKeyOf(publicKey), privateKey }
    expect(ec.alg).toBe('ES256')
    const verdict = await verifyToken(await signToken(ec, claims()), [key, ec], { clock })
    expect(verdict.ok).toBe(true)
  })
})

describe('refusals name their reason', () => {
  const code = async (
    change: Partial<TokenClaims>,
    options: Parameters<typeof verifyToken>[2] = {},
  ): Promise<string> => {
    const token = await signToken(key, { ...claims(), ...change })
    const verdict = await verifyToken(token, [key], { clock, ...options })
    return verdict.ok ? 'ok' : verdict.code
  }

  test('times, to the second and with a leeway', async () => {
    const now = clock.now() / 1000
    expect(await code({ exp: now })).toBe('expired')
    expect(await code({ exp: now + 1 })).toBe('ok')
    expect(await code({ exp: now - 59 }, { leewayMs: 60_000 })).toBe('ok')
    expect(await code({ exp: now - 60 }, { leewayMs: 60_000 })).toBe('expired')
    expect(await code({ nbf: now + 1 })).toBe('not-yet-valid')
  })

  test('issuer and audience', async () => {
    expect(await code({}, { issuers: ['other'] })).toBe('wrong-issuer')
    expect(await code({}, { audiences: ['gateway'] })).toBe('wrong-audience')
    expect(await code({ aud: ['x', 'gateway'] }, { audiences: ['gateway'] })).toBe('ok')
  })

  test('a key that nobody knows, and the id of a known key on the work of another', async () => {
    const token = await signToken(other, claims())
    expect(await verifyToken(token, [key], { clock })).toMatchObject({ code: 'unknown-key' })
    const forged = await signToken({ ...other, kid: key.kid }, claims())
    expect(await verifyToken(forged, [key], { clock })).toMatchObject({ code: 'bad-signature' })
    // Two tenants whose keys claim the same id: the signature decides.
    const twin = { ...other, kid: key.kid }
    expect(await verifyToken(forged, [key, twin], { clock })).toMatchObject({ ok: true, key: twin })
  })

  test('the signature is looked at before the claims', async () => {
    const forged = await signToken({ ...other, kid: key.kid }, { ...claims(), exp: 1 })
    expect(await verifyToken(forged, [key], { clock })).toMatchObject({ code: 'bad-signature' })
  })
})

describe('algorithm confusion', () => {
  test('"none" is not an algorithm', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      for (const signature of ['', 'AAAA']) {
        const token = secret(`${part({ alg, kid: key.kid })}.${part(claims())}.${signature}`)
        expect((await verifyToken(token, [key], { clock })).ok).toBe(false)
      }
    }
  })

  test('a public key is no HMAC secret', async () => {
    const forms = [
      key.publicKey.export({ type: 'spki', format: 'pem' }),
      key.publicKey.export({ type: 'spki', format: 'der' }),
    ]
    for (const material of forms) {
      const signed = `${part({ alg: 'HS256', kid: key.kid })}.${part(claims())}`
      const mac = createHmac('sha256', material).update(signed).digest('base64url')
      expect((await verifyToken(secret(`${signed}.${mac}`), [key], { clock })).ok).toBe(false)
    }
  })

  test('another algorithm of the same key is not the one of the key', async () => {
    for (const alg of ['RS384', 'RS512', 'PS256']) {
      const token = await new SignJWT({ ...claims(), aud: [ISSUER] })
        .setProtectedHeader({ alg, kid: key.kid })
        .sign(key.privateKey)
      const verdict = await verifyToken(secret(token), [key], { clock })
      expect(verdict).toMatchObject({ code: 'bad-signature' })
    }
  })

  test('keys and extensions that come with the token are not used', async () => {
    const jwk = other.publicKey.export({ format: 'jwk' })
    const token = await new SignJWT({ ...claims(), aud: [ISSUER] })
      .setProtectedHeader({ alg: 'RS256', kid: key.kid, jwk: jwk })
      .sign(other.privateKey)
    expect((await verifyToken(secret(token), [key], { clock })).ok).toBe(false)
    const crit = secret(`${part({ alg: 'RS256', kid: key.kid, crit: ['b64'] })}.${part({})}.AA`)
    expect(await verifyToken(crit, [key], { clock })).toMatchObject({ code: 'malformed' })
  })

  test('JWKS: symmetric, short, encryption and nameless keys are left out', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const rsa = key.publicKey.export({ format: 'jwk' })
    const document = {
      keys: [
        { kty: 'oct', k: 'AAAA', kid: '1' },
        { ...small.export({ format: 'jwk' }), kid: '2' },
        { ...rsa, kid: '3', use: 'enc' },
        { ...rsa, kid: '4', alg: 'RS512' },
        rsa,
        null,
        { ...rsa, kid: '5' },
      ],
    }
    expect(parseJwks(document).map(({ kid }) => kid)).toEqual(['5'])
    expect(() => parseJwks({ keys: 7 })).toThrow('JWKS')
    expect(() => parseJwks(null)).toThrow('JWKS')
    expect(() => verificationKeyOf(small)).toThrow('2048')
  })
})

describe('hostile input', () => {
  test('a token with one character changed is never accepted', async () => {
    const token = (await signToken(key, claims())).reveal()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ '
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom(...alphabet.split('')),
        async (at, char) => {
          fc.pre(token[at] !== char)
          const changed = token.slice(0, at) + char + token.slice(at + 1)
          expect((await verifyToken(secret(changed), [key], { clock })).ok).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('anything at all can be decoded without an exception', () => {
    const segment = fc.oneof(
      fc.base64String(),
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
    )
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (parts) => {
        expect(decodeToken(secret(parts.join('.'))).ok).toBeTypeOf('boolean')
      }),
    )
  })

  test('claims of the wrong type, endless tokens and opaque ones are malformed', () => {
    const wrong: Record<string, unknown>[] = [
      { exp: '99999999999' },
      { exp: 1e300 },
      { aud: [1] },
      { sub: 7 },
      { iss: undefined },
      { 'kubernetes.io': { namespace: 'x' } },
      { 'kubernetes.io': { namespace: 'x', serviceaccount: { name: 'a', uid: 'b' }, pod: 'p' } },
    ]
    for (const change of wrong) {
      const token = `${part({ alg: 'RS256' })}.${part({ ...claims(), ...change })}.AA`
      expect(decodeToken(secret(token)).ok, JSON.stringify(change)).toBe(false)
    }
    for (const text of ['', 'unknown-1234', 'a.b', `${'a'.repeat(20_000)}.b.c`]) {
      expect(decodeToken(secret(text)).ok).toBe(false)
    }
  })

  test('verdicts do not hold the token', async () => {
    const token = await signToken(other, claims())
    const verdict = await verifyToken(token, [key], { clock })
    expect(JSON.stringify(verdict)).not.toContain(token.reveal().slice(0, 20))
  })
})

describe('who a token is', () => {
  test('a bound one: groups, credential id and pod', () => {
    const bound = claims()
    expect(userOf(bound)).toEqual({
      username: 'system:serviceaccount:test-app:default',
      uid: 'sa-uid',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:test-app', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [`JTI=${bound.jti ?? ''}`],
        'authentication.kubernetes.io/pod-name': ['web'],
        'authentication.kubernetes.io/pod-uid': ['pod-uid'],
      },
    })
  })

  test('a bound one on a node that the API server did not find', async () => {
    const bound = claims()
    const binding = { ...bound['kubernetes.io']!, node: { name: 'n1' } }
    const token = await signToken(key, { ...bound, 'kubernetes.io': binding })
    const verdict = await verifyToken(token, [key], { clock })
    const user = verdict.ok ? userOf(verdict.claims) : undefined
    expect(user?.extra).toMatchObject({ 'authentication.kubernetes.io/node-name': ['n1'] })
    expect(user?.extra).not.toHaveProperty('authentication.kubernetes.io/node-uid')
  })

  test('a legacy one of a Secret: no expiry, no extra', async () => {
    const legacy = legacyClaims({
      namespace: 'kube-system',
      secretName: 'copy',
      serviceAccount: { name: 'agent', uid: 'u' },
    })
    const verdict = await verifyToken(await signToken(key, legacy), [key], { clock })
    expect(verdict).toMatchObject({ ok: true, claims: legacy })
    expect(userOf(legacy)).toMatchObject({
      username: 'system:serviceaccount:kube-system:agent',
      uid: 'u',
    })
    expect(userOf(legacy)).not.toHaveProperty('extra')
  })

  test('nobody, when the subject and the rest disagree or name nobody', () => {
    expect(userOf({ ...claims(), sub: 'system:serviceaccount:kube-system:admin' })).toBeUndefined()
    expect(userOf({ iss: 'x', sub: 'system:serviceaccount:a:b' })).toBeUndefined()
  })
})
