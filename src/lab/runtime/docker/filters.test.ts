import { describe, expect, it } from 'vitest'
import { nameMatches, parseFilters } from './filters.ts'
import { humanDuration } from './container-list.ts'

describe('parseFilters', () => {
  it('reads both of Docker’s forms', () => {
    const expected = new Map([['status', ['running']]])
    expect(parseFilters('{"status":["running"]}')).toEqual(expected)
    expect(parseFilters('{"status":{"running":true,"exited":false}}')).toEqual(expected)
    expect(parseFilters(null).size).toBe(0)
  })

  it.each(['x', '[]', 'null', '"a"', '{"a":1}', `{"a":["${'x'.repeat(20_000)}"]}`])(
    'refuses %.40s',
    (text) => {
      expect(() => parseFilters(text)).toThrow('invalid filter')
    },
  )
})

describe('nameMatches', () => {
  it.each([
    ['k8s_nginx', true],
    ['^k8s_nginx', true],
    ['^/k8s_nginx', true],
    ['nginx.*_0$', true],
    ['_0$', true],
    ['nothing|nginx', true],
    ['^nginx', false],
    ['nginx$', false],
    ['k8s_.*coredns', false],
    ['(a+)+$', false],
  ])('takes %s as %s', (expression, expected) => {
    expect(nameMatches('k8s_nginx_p_ns_u_0', expression)).toBe(expected)
  })
})

describe('humanDuration', () => {
  it.each([
    [0, 'Less than a second'],
    [1000, '1 second'],
    [59_000, '59 seconds'],
    [60_000, 'About a minute'],
    [120_000, '2 minutes'],
    [3_600_000, 'About an hour'],
    [7_200_000, '2 hours'],
    [3 * 86_400_000, '3 days'],
    [21 * 86_400_000, '3 weeks'],
    [90 * 86_400_000, '3 months'],
    [800 * 86_400_000, '2 years'],
  ])('says %d ms as %s', (ms, expected) => {
    expect(humanDuration(ms)).toBe(expected)
  })
})
