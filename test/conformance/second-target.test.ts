import { expect, test } from 'vitest'
import { DIFFERENCES } from './differs.ts'
import { targets } from './target.ts'

test('the lab is a target', () => {
  expect(targets().map(({ name }) => name)).toContain('lab')
})

// In the list of tests, where nobody overlooks it: without the second target fidelity is claimed, not tested.
if (targets().some(({ name }) => name === 'real')) {
  test('a real cluster is a target', () => {
    expect(targets()).toHaveLength(2)
  })
} else {
  test.skip('NOTHING WAS TRIED AGAINST A REAL CLUSTER: SUBLET_CONFORMANCE_ENV names none', () =>
    undefined)
}

test('what differs is said aloud, each case once', () => {
  const cases = DIFFERENCES.flatMap(({ area, titles }) =>
    titles.map((title) => `${area}: ${title}`),
  )
  expect(new Set(cases).size).toBe(cases.length)
  const lines = DIFFERENCES.map(
    ({ area, titles, reason }) => `  ${area} (${titles.length}): ${reason}`,
  )
  console.log(`the lab differs in ${cases.length} cases:\n${lines.join('\n')}`)
})
