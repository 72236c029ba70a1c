import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutItems } from './list-items.ts'

/** The list as its cut items make it; undefined: it was not cut, or an item is no JSON. */
function glue(text: string): unknown {
  const bytes = Buffer.from(text)
  const cut = cutItems(bytes, 'items', 'metadata')
  if (!cut) return undefined
  try {
    const items = cut.starts.map(
      (start, i) => JSON.parse(bytes.toString('utf8', start, cut.ends[i])) as unknown,
    )
    return { ...cut.head, items }
  } catch {
    return undefined
  }
}

const item = fc.record({
  metadata: fc.record({ name: fc.string() }),
  spec: fc.jsonValue(),
  claims: fc.array(fc.record({ metadata: fc.jsonValue() })),
})

test('the items of a list, compact or indented, are what JSON.parse finds', () => {
  fc.assert(
    fc.property(fc.array(item, { minLength: 1 }), fc.constantFrom(0, 1, 2), (items, indent) => {
      const text = `${JSON.stringify({ kind: 'List', metadata: { a: [] }, items }, null, indent)}\n`
      const glued = glue(text)
      // An item's own list of objects with the same first key is not cut rightly: then an item is no JSON.
      if (glued !== undefined) expect(glued).toEqual(JSON.parse(text))
      else expect(items.some(({ claims }) => claims.length > 1)).toBe(true)
    }),
  )
})

test('what is no list of such items, or no JSON, is not cut', () => {
  const list = '{"kind":"L","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}'
  expect(glue(list)).toEqual(JSON.parse(list))
  expect(glue('{"items":[]}')).toBeUndefined()
  for (let at = 0; at < list.length; at++) expect(glue(list.slice(0, at))).toBeUndefined()
  for (let at = 0; at < list.length; at++) {
    const broken = `${list.slice(0, at)}\u0001${list.slice(at + 1)}`
    expect(glue(broken)).toBeUndefined()
  }
  for (const other of [
    '[]',
    '',
    'Unauthorized',
    '{"items":null}',
    '{"items":[{"spec":{}}]}',
    '{"items":[{"metadata":{}}],"more":[]}',
    '{"items":{"x":[{"metadata":{}}]}}',
    '{"list":{"items":[{"metadata":{}}]}}',
    '{"items":[{"metadata":{}}]]}',
    '{"items":[{"metadata":{}},{"metadata":{}},]}',
  ])
    expect(glue(other)).toBeUndefined()
})
