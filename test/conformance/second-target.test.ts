import { expect, test } from 'vitest'
import { targets } from './target.ts'

const isThere = targets().some(({ name }) => name === 'real')
const WHERE = 'SUBLET_CONFORMANCE_ENV names no environment file of a real cluster'

test('the lab is a target', () => {
  expect(targets().map(({ name }) => name)).toContain('lab')
})

// In the list of what was skipped, where nobody overlooks it: without it fidelity is claimed, not tested.
test.skipIf(isThere)(`NOTHING WAS TRIED AGAINST A REAL CLUSTER: ${WHERE}`, ({ skip }) => {
  skip()
})
