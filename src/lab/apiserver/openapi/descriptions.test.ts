import { describe, expect, test } from 'vitest'
import { KINDS } from '../kinds/index.ts'
import { fieldsOfType, typeOfKind, valuesOfField } from '../schema/index.ts'
import { descriptionsOf, readTypes } from './descriptions.ts'
import { reachableFrom, schemaName } from './type-names.ts'

describe('what types and fields are for', () => {
  test('the words of the package', () => {
    const { type, fields } = descriptionsOf('io.k8s.api.core.v1.Container')
    expect(type).toBe('A single application container that you want to run within a pod.')
    expect(fields.get('image')).toMatch(/^Container image name\. More info: /)
    expect(fields.get('lifecycle')).toBeDefined()
  })

  test('paragraphs stay', () => {
    const { fields } = descriptionsOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')
    expect(fields.get('creationTimestamp')).toContain('\n\nPopulated by the system.')
  })

  test('nothing is said of what nobody has described', () => {
    expect(descriptionsOf('io.k8s.api.core.v1.NoSuchType').type).toBeUndefined()
    expect(descriptionsOf('com.example.v1.Widget').fields.size).toBe(0)
    expect(descriptionsOf('io.k8s.api.nothing.v1.Thing').fields.size).toBe(0)
  })

  test('fields with odd names', () => {
    const types = readTypes(
      'export interface Odd {\n    /** One. */\n    "x-one"?: string;\n    $two: {\n        [name: string]: string;\n    };\n}\n',
    )
    expect([...(types.get('Odd')?.fields ?? [])]).toEqual([['x-one', 'One.']])
  })

  test('nearly all fields of the kinds that are served have one', () => {
    const roots = KINDS.flatMap(({ resource }) => typeOfKind(resource) ?? [])
    const types = new Set(roots.flatMap((root) => [...reachableFrom(root)]))
    const all = [...types].flatMap((type) => {
      const { fields } = descriptionsOf(schemaName(type))
      return [...(fieldsOfType(type)?.keys() ?? [])].map((name) => fields.has(name))
    })
    expect(all.filter(Boolean).length / all.length).toBeGreaterThan(0.9)
  })
})

describe('what the document says besides', () => {
  test('required fields and values', () => {
    expect(fieldsOfType('Container')?.get('name')?.required).toBe(true)
    expect(fieldsOfType('Container')?.get('image')?.required).toBeUndefined()
    expect(valuesOfField('Container', 'imagePullPolicy')).toEqual([
      'Always',
      'IfNotPresent',
      'Never',
    ])
    expect(valuesOfField('Container', 'image')).toBeUndefined()
  })
})
