import { expect, test } from 'vitest'
import {
  dnsLabelFault,
  dnsSubdomainFault,
  generateName,
  isDnsLabel,
  isDnsSubdomain,
} from './names.ts'

test('a generated name is the prefix and five characters without vowels', () => {
  expect(generateName('datadog-agent-')).toMatch(/^datadog-agent-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  expect(generateName('x'.repeat(80))).toMatch(/^x{58}[a-z0-9]{5}$/)
  expect(new Set(Array.from({ length: 50 }, () => generateName('a-'))).size).toBe(50)
})

test.each([
  ['a', true, true],
  ['my-name-1', true, true],
  ['a.b-c.d', false, true],
  ['1a', true, true],
  ['-a', false, false],
  ['a-', false, false],
  ['A', false, false],
  ['a..b', false, false],
  ['a_b', false, false],
  ['', false, false],
  ['a/b', false, false],
  ['a\n', false, false],
  ['x'.repeat(64), false, true],
  ['x'.repeat(254), false, false],
])('"%s": label %s, subdomain %s', (name, label, subdomain) => {
  expect(isDnsLabel(name)).toBe(label)
  expect(isDnsSubdomain(name)).toBe(subdomain)
  expect(dnsLabelFault(name) === undefined).toBe(label)
  expect(dnsSubdomainFault(name) === undefined).toBe(subdomain)
})
