import { expect, test } from 'vitest'
import { containerAddress } from './container-address.ts'

test.each([
  ['0.0.0.0', '127.30.1.4', '127.30.1.4'],
  ['::', '127.30.1.4', '127.30.1.4'],
  ['127.0.0.1', '127.30.1.4', '127.0.0.1'],
  ['0.0.0.0', '', '0.0.0.0'],
  ['0.0.0.0', 'not-an-address', '0.0.0.0'],
])('%s in a container at %j is %s', (address, podIp, expected) => {
  expect(containerAddress(address, { SUBLET_POD_IP: podIp })).toBe(expected)
})

test('outside of the lab every address is every address', () => {
  expect(containerAddress('0.0.0.0', {})).toBe('0.0.0.0')
})
