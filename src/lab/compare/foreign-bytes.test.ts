import { expect, test } from 'vitest'
import { foreignBytes } from './foreign-bytes.ts'

test('a line of exposition text that names a foreign pod counts whole, others do not', () => {
  const mine = 'container_memory_rss{pod="mine"} 1'
  const theirs = 'container_memory_rss{pod="theirs-7xk2p"} 1'
  expect(foreignBytes(`${mine}\n${theirs}\n`, ['theirs-7xk2p'])).toBe(theirs.length)
})

test('an item of a JSON list that names a foreign pod counts whole, its siblings do not', () => {
  const body = JSON.stringify({
    kind: 'PodList',
    items: [{ name: 'mine' }, { name: 'theirs-7xk2p' }],
  })
  expect(foreignBytes(body, ['theirs-7xk2p'])).toBe(JSON.stringify({ name: 'theirs-7xk2p' }).length)
})

test('an answer without a foreign mark is free of foreign bytes', () => {
  expect(foreignBytes('Unauthorized', ['theirs-7xk2p'])).toBe(0)
  expect(foreignBytes('{"items":[{"name":"mine"}]}', [])).toBe(0)
})

test('a mark with characters that mean something in a pattern is taken literally', () => {
  expect(foreignBytes('pod="a.b-12345"\npod="axb-12345"', ['a.b-12345'])).toBe(
    'pod="a.b-12345"'.length,
  )
})
