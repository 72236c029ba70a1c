import { expect, test } from 'vitest'
import { readSummary } from './read-summary.ts'

const pod = (name: string): object => ({
  podRef: { name, namespace: 'shop', uid: `uid-${name}` },
  containers: [{ name: 'main' }],
  'ephemeral-storage': { usedBytes: 7 },
})

test.each([
  ['of ASCII', ['web', 'api']],
  ['with characters of several bytes', ['wéb', 'a😀pi', 'last']],
])('a summary %s is read pod by pod', (_, names) => {
  const text = JSON.stringify({ node: { nodeName: 'node-1' }, pods: names.map(pod) }, null, 1)
  expect(readSummary(Buffer.from(text), false)).toEqual({
    node: { nodeName: 'node-1' },
    pods: names.map((name) => ({ ...pod(name), containers: [] })),
  })
})
