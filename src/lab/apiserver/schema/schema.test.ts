import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FIELDS_TABLE } from './fields-table.ts'
import { ATOMIC_FIELDS, ATOMIC_TYPES, GRANULAR_FIELDS, LIST_RULES } from './lists-table.ts'
import { fieldsOfType, goNameOf, typeOfKind } from './schema.ts'

describe('the schema', () => {
  test('knows types of fields and how lists merge', () => {
    const fields = fieldsOfType('PodSpec')
    expect(fields?.get('containers')).toEqual({
      type: { kind: 'list', of: { kind: 'struct', type: 'Container', atomic: false } },
      rule: { keys: ['name'], mergeKey: 'name' },
      required: true,
    })
    expect(fields?.get('tolerations')?.rule).toEqual({})
    expect(fields?.get('nodeSelector')?.type).toMatchObject({ kind: 'map', atomic: true })
    expect(fields?.get('nothing')).toBeUndefined()
    expect(fieldsOfType('Nothing')).toBeUndefined()
    expect(typeOfKind({ group: '', kind: 'Event' })).toBe('CoreV1Event')
    expect(typeOfKind({ group: '', kind: 'Nothing' })).toBeUndefined()
    expect(goNameOf('CoreV1Event')).toBe('Event')
    expect(goNameOf('PodSpec')).toBe('PodSpec')
  })

  test('names types and fields that exist', () => {
    const all = FIELDS_TABLE.trim().split('\n')
    const types = new Set(all.map((line) => line.split(' ')[0] ?? ''))
    expect([...ATOMIC_TYPES].filter((type) => !types.has(type))).toEqual([])
    const paths = [...Object.keys(LIST_RULES), ...ATOMIC_FIELDS, ...GRANULAR_FIELDS]
    const unknown = paths.filter((path) => {
      const [type = '', field = ''] = path.split('.')
      return !fieldsOfType(type)?.has(field)
    })
    expect(unknown).toEqual([])
    const used = all.flatMap((line) =>
      [...line.matchAll(/:(?:\[\]|\{\})*([A-Z]\w*)/g)].map((match) => match[1] ?? ''),
    )
    expect(used.filter((type) => !types.has(type))).toEqual([])
  })

  test("has every field of the installed client library's models", () => {
    const main = createRequire(import.meta.url).resolve('@kubernetes/client-node')
    for (const type of ['PodSpec', 'Container', 'DeploymentSpec', 'ServiceSpec', 'NodeStatus']) {
      const file = join(dirname(main), 'gen/models', `V1${type}.js`)
      const names = [...readFileSync(file, 'utf8').matchAll(/"baseName": "(.*)"/g)]
      const missing = names
        .map((match) => match[1] ?? '')
        .filter((name) => !fieldsOfType(type)?.has(name))
      expect(missing).toEqual([])
    }
  })
})
