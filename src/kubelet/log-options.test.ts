import { expect, test } from 'vitest'
import { logQuery, readLogOptions } from './log-options.ts'

const read = (query: string): ReturnType<typeof readLogOptions> =>
  readLogOptions(new URLSearchParams(query))

test('options are read as Kubernetes converts queries', () => {
  expect(read('')).toEqual({
    kind: 'options',
    options: { follow: false, previous: false, timestamps: false },
  })
  expect(
    read('follow=&previous=FALSE&timestamps=yes&tailLines=5&limitBytes=+7&more=1'),
  ).toMatchObject({ kind: 'unreadable' })
  expect(read('follow=&previous=FALSE&timestamps=yes&tailLines=5&limitBytes=7&more=1')).toEqual({
    kind: 'options',
    options: { follow: true, previous: false, timestamps: true, tailLines: 5, limitBytes: 7 },
  })
  expect(read('sinceTime=2026-11-22T11:57:51.5%2B01:00')).toMatchObject({
    options: { sinceTime: Date.parse('2026-11-22T10:57:51.500Z') },
  })
})

test.each([
  ['tailLines=x', 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['tailLines=', 'strconv.ParseInt: parsing "": invalid syntax'],
  ['limitBytes=99999999999999999999', 'value out of range'],
  ['sinceTime=now', 'parsing time "now"'],
])('%s cannot be read', (query, message) => {
  const result = read(query)
  expect(result).toMatchObject({ kind: 'unreadable' })
  expect(result.kind === 'unreadable' ? result.message : '').toContain(message)
})

test.each([
  ['tailLines=-1', 'tailLines', 'Invalid value: -1: must be greater than or equal to 0'],
  ['limitBytes=0', 'limitBytes', 'Invalid value: 0: must be greater than 0'],
  ['sinceSeconds=0', 'sinceSeconds', 'Invalid value: 0: must be greater than 0'],
  ['stream=Stdout', 'stream', 'Forbidden: may not be specified'],
  [
    'sinceSeconds=1&sinceTime=2026-11-22T11:57:51Z',
    '[]',
    'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
  ],
])('%s is not allowed', (query, field, message) => {
  expect(read(query)).toMatchObject({ kind: 'invalid', faults: [{ field, message }] })
})

test('a query is rebuilt from what was read', () => {
  const query = 'timestamps=1&follow=true&tailLines=3&limitBytes=9&previous=true&x=%2e%2e'
  const result = read(`${query}&sinceTime=2026-11-22T11:57:51.9Z`)
  expect(result.kind === 'options' ? logQuery(result.options) : '').toBe(
    'follow=true&limitBytes=9&previous=true&sinceTime=2026-11-22T11%3A57%3A51Z&tailLines=3&timestamps=true',
  )
})
