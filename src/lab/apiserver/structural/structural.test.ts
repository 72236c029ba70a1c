import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, type Fields } from '../fields.ts'
import { customKinds } from '../kinds/index.ts'
import { pruneUnknown, schemaFaults, setSchemaDefaults } from './index.ts'

const folder = new URL('../../../../test/fixtures/custom-resources/', import.meta.url)
const definition = parse(readFileSync(new URL('widgets.yaml', folder), 'utf8')) as KubeObject
const schema = customKinds(definition)[0]?.custom?.schema ?? {}

interface Answer {
  readonly sent: unknown
  readonly kept?: unknown
  readonly error?: string
}
const answers = JSON.parse(
  readFileSync(new URL('answers-1.20.json', folder), 'utf8'),
) as readonly Answer[]

/** What 1.36 says in other words than 1.20: places inside of lists, limits, and Go's print-outs as JSON. */
const SINCE: Readonly<Record<string, string>> = {
  'spec.name: Invalid value: "abcdef": spec.name in body should be at most 5 chars long':
    'spec.name: Too long: may not be more than 5 bytes',
  'spec.list: Invalid value: 3: spec.list in body should have at most 2 items':
    'spec.list: Too many: 3: must have at most 2 items',
  'spec.texts: Invalid value: 2: spec.texts in body should have at most 2 properties':
    'spec.texts: Too many: 3: must have at most 2 items',
  'spec.texts: Invalid value: 1: spec.texts in body should have at least 1 properties':
    'spec.texts: Invalid value: 0: spec.texts in body should have at least 1 properties',
  'spec.list: Invalid value: "integer": spec.list in body must be of type string: "integer"':
    'spec.list[1]: Invalid value: "integer": spec.list[1] in body must be of type string: "integer"',
  'spec.list: Invalid value: "null": spec.list in body must be of type string: "null"':
    'spec.list[0]: Invalid value: "null": spec.list[0] in body must be of type string: "null"',
  'spec.map[1]: Duplicate value: map[string]interface {}{"name":"a"}':
    'spec.map[1]: Duplicate value: {"name":"a"}',
  'spec.map.name: Required value': 'spec.map[0].name: Required value',
}

const lines = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\* /, ''))
    .map((line) => SINCE[line] ?? line)
    .sort()

describe('custom resources', () => {
  test.each(answers.map((answer) => [JSON.stringify(answer.sent), answer] as const))(
    '%s',
    (_title, { sent, kept, error }) => {
      const object: Fields = { metadata: {}, spec: structuredClone(sent) }
      pruneUnknown(object, schema)
      setSchemaDefaults(schema, object)
      const faults = schemaFaults(schema, object, '')
      const said = faults.map(({ field, message }) => `${field}: ${message}`).sort()
      expect(said).toEqual(error === undefined ? [] : lines(error))
      if (error === undefined) expect(object['spec']).toEqual(kept)
    },
  )

  test('what went is named', () => {
    const object = {
      metadata: { x: 1 },
      spec: { size: 1, map: [{ name: 'a', odd: 1 }], odd: {} },
      odd: 1,
    }
    expect(pruneUnknown(object, schema)).toEqual(['spec.map[0].odd', 'spec.odd', 'odd'])
    expect(object).toEqual({ metadata: { x: 1 }, spec: { size: 1, map: [{ name: 'a' }] } })
  })

  test('a status is dropped at first, and what was wrong before may stay', () => {
    const [kind] = customKinds(definition)
    const object: KubeObject = { metadata: {}, spec: { size: 1 }, status: { phase: 'A' } }
    kind?.prepareCreate(object)
    expect(object['status']).toBeUndefined()
    const old: KubeObject = { metadata: {}, spec: { size: 99, color: 'red' } }
    const next: KubeObject = { metadata: {}, spec: { size: 99, color: 'blue' } }
    expect(kind?.validate(next, old).map(({ field }) => field)).toEqual(['spec.color'])
  })

  test('patterns and keys that are odd do no harm', () => {
    expect(schemaFaults({ type: 'string', pattern: '(?i)x(' }, 'y', 'a')).toEqual([])
    const odd = JSON.parse('{"__proto__":{"x":1},"constructor":2}') as Fields
    const open = { type: 'object', properties: {} }
    expect(pruneUnknown(odd, open)).toEqual(['__proto__', 'constructor'])
    expect(Object.keys(odd)).toEqual([])
    expect(fieldsOf({})['x']).toBeUndefined()
  })
})
