import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KubeStatusError } from '../../../kube/index.ts'
import { continueAfter, placeOf, tokenOf } from './list-pages.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('a token says the version, and the key after the last one', () => {
  const token = continueAfter('default/a', 17)
  expect(Buffer.from(token, 'base64url').toString()).toBe(
    '{"v":"meta.k8s.io/v1","rv":17,"start":"default/a\\u0000"}',
  )
  expect(placeOf(token)).toEqual({ revision: 17, start: 'default/a\0' })
})

test.each([
  ['x', 'illegal base64 data at input byte 0'],
  ['{}', 'illegal base64 data at input byte 0'],
  [encode([]), 'the token is no JSON object'],
  [encode({ v: 'v2' }), 'server does not recognize this encoded version "v2"'],
  [
    encode({ v: 'meta.k8s.io/v1', start: 'a' }),
    'incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
  ],
  [encode({ v: 'meta.k8s.io/v1', rv: 1 }), 'encoded start key empty (version meta.k8s.io/v1)'],
])('the token %s is refused: %s', (token, why) => {
  expect(() => placeOf(token)).toThrow(`invalid continue token: continue key is not valid: ${why}`)
})

test('whatever is sent as a token is read or refused, never worse', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json().map(encode)), (token) => {
      try {
        expect(placeOf(tokenOf(placeOf(token)))).toEqual(placeOf(token))
      } catch (error) {
        expect(error).toBeInstanceOf(KubeStatusError)
      }
    }),
  )
})
