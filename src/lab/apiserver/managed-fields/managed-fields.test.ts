import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEPLOYMENTS, type KubeObject } from '../../../kube/index.ts'
import type { Fields } from '../fields.ts'
import { applyConfiguration, type ApplyOutcome } from './apply.ts'
import { applyConflict } from './conflicts.ts'
import { undeclaredFields } from './custom-types.ts'
import { customRootOf, rootOf } from './descend.ts'
import {
  difference,
  equalSets,
  formatPath,
  fromFieldsV1,
  growingSet,
  intersection,
  nodeAt,
  pathsOf,
  toFieldsV1,
  union,
  type FieldSet,
} from './field-set.ts'
import { readManagers, sameManager, setManagers, writeManagers, type Manager } from './managers.ts'
import { managersAfterUpdate } from './update.ts'
import { zeroObject } from './zero-objects.ts'

const OF = rootOf('Deployment')
const TIME = '2026-01-01T00:00:00Z'
const writer = (name: string): Omit<Manager, 'time' | 'fields'> => ({
  name,
  operation: 'Update',
  apiVersion: 'apps/v1',
  subresource: '',
})

const deployment = (): KubeObject => ({
  metadata: { name: 'web', namespace: 'a', labels: { app: 'web' } },
  spec: {
    replicas: 0,
    revisionHistoryLimit: 10,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'busybox',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            env: [{ name: 'A', value: 'b' }],
            resources: { limits: { cpu: '100m' } },
          },
        ],
        nodeSelector: { x: 'y' },
        securityContext: {},
        volumes: [{ name: 'v', emptyDir: {} }],
      },
    },
  },
})

describe('who owns what', () => {
  test('a new object is owned as a kube-apiserver writes it down', () => {
    const managers = managersAfterUpdate(
      zeroObject(DEPLOYMENTS),
      deployment(),
      OF,
      [],
      writer('kubectl-create'),
      TIME,
    )
    // As Kubernetes 1.20 wrote it for such a Deployment, but for nodeSelector, which is one field since 1.21.
    const container = {
      '.': {},
      'f:env': { '.': {}, 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
      'f:image': {},
      'f:name': {},
      'f:ports': {
        '.': {},
        'k:{"containerPort":80,"protocol":"TCP"}': {
          '.': {},
          'f:containerPort': {},
          'f:protocol': {},
        },
      },
      'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {} } },
    }
    expect(writeManagers(managers)).toEqual([
      {
        manager: 'kubectl-create',
        operation: 'Update',
        apiVersion: 'apps/v1',
        time: TIME,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:revisionHistoryLimit': {},
            'f:selector': {},
            'f:strategy': {
              'f:rollingUpdate': { '.': {}, 'f:maxSurge': {}, 'f:maxUnavailable': {} },
              'f:type': {},
            },
            'f:template': {
              'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
              'f:spec': {
                'f:containers': { 'k:{"name":"c"}': container },
                'f:nodeSelector': {},
                'f:securityContext': {},
                'f:volumes': {
                  '.': {},
                  'k:{"name":"v"}': { '.': {}, 'f:emptyDir': {}, 'f:name': {} },
                },
              },
            },
          },
        },
      },
    ])
  })

  test('who changes a field takes it from the others, and who removes it from all', () => {
    const before = deployment()
    const first = managersAfterUpdate(zeroObject(DEPLOYMENTS), before, OF, [], writer('a'), TIME)
    const after = deployment()
    const spec = after['spec'] as Fields
    Object.assign(spec, { replicas: 3 })
    Reflect.deleteProperty(spec, 'revisionHistoryLimit')
    const managers = managersAfterUpdate(before, after, OF, first, writer('b'), TIME)
    const owned = (name: string): string[] =>
      pathsOf(managers.find((one) => one.name === name)?.fields ?? growingSet()).map(formatPath)
    expect(owned('b')).toEqual(['.spec.replicas'])
    expect(owned('a')).not.toContain('.spec.replicas')
    expect(owned('a')).not.toContain('.spec.revisionHistoryLimit')
    expect(owned('a')).toContain('.spec.template.spec.containers[name="c"].image')
  })

  test('many writers are kept apart up to ten; the oldest become one', () => {
    const managers = Array.from({ length: 14 }, (_, index) => ({
      ...writer(`m${index}`),
      time: `2026-01-01T00:00:${String(index).padStart(2, '0')}Z`,
      fields: fromFieldsV1({ 'f:data': { [`f:${index}`]: {} } }),
    }))
    const object: KubeObject = { metadata: { name: 'x' } }
    setManagers(object, managers)
    const kept = readManagers((object.metadata as Fields)['managedFields'])
    expect(kept).toHaveLength(10)
    expect(kept[0]?.name).toBe('ancient-changes')
    expect(pathsOf(kept[0]?.fields ?? growingSet())).toHaveLength(5)
  })
})

describe('server-side apply', () => {
  const apply = (
    live: Fields,
    applied: Fields,
    managers: readonly Manager[] = [],
    name = 'me',
  ): ApplyOutcome =>
    applyConfiguration({
      live,
      applied,
      of: OF,
      managers,
      applier: { ...writer(name), operation: 'Apply' },
      time: TIME,
    })
  const template = (...containers: Fields[]): Fields => ({
    spec: { template: { spec: { containers } } },
  })

  test('takes away what is no longer applied, but for what others have', () => {
    const first = apply({}, { ...template({ name: 'a', image: '1' }, { name: 'b', image: '1' }) })
    const second = apply(first.object, template({ name: 'b', tty: true }), first.managers, 'other')
    expect(second.conflicts).toEqual([])
    const third = apply(second.object, template({ name: 'a', image: '2' }), second.managers)
    expect(third.object).toMatchObject(
      template({ name: 'a', image: '2' }, { name: 'b', tty: true }),
    )
    const last = apply(third.object, {}, third.managers)
    expect(last.object).toMatchObject(template({ name: 'b', tty: true }))
  })

  test('who had all of the metadata leaves the name and the uid', () => {
    const metadata = { name: 'web', annotations: { a: 'b' } }
    const first = apply({ metadata: { uid: '1', name: 'web' } }, { metadata })
    const last = apply(first.object, { metadata: { name: 'web' } }, first.managers)
    expect(last.object).toEqual({ metadata: { uid: '1', name: 'web' } })
  })

  test('a field that another manager has is a conflict that says so', () => {
    const live = deployment()
    const managers = managersAfterUpdate(
      zeroObject(DEPLOYMENTS),
      live,
      OF,
      [],
      writer('kubectl-create'),
      TIME,
    )
    const changed = {
      spec: { replicas: 2, ...(template({ name: 'c', image: 'x' })['spec'] as Fields) },
    }
    const { conflicts, managers: after } = apply(live, changed, managers)
    expect(applyConflict(conflicts).status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason: 'Conflict',
      code: 409,
      message:
        'Apply failed with 2 conflicts: conflicts with "kubectl-create" using apps/v1:\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-create" using apps/v1',
            field: '.spec.replicas',
          },
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-create" using apps/v1',
            field: '.spec.template.spec.containers[name="c"].image',
          },
        ],
      },
    })
    // With force, what was in conflict is the applier's alone.
    const loser = after.find((one) => one.name === 'kubectl-create')
    const lost = pathsOf(loser?.fields ?? growingSet()).map(formatPath)
    expect(lost).not.toContain('.spec.replicas')
    expect(apply(live, { spec: { replicas: 0 } }, managers).conflicts).toEqual([])
  })

  const config = fc.record({
    spec: fc.record(
      {
        replicas: fc.nat(3),
        template: fc.record({
          spec: fc.record({
            containers: fc.uniqueArray(
              fc.record(
                {
                  name: fc.constantFrom('a', 'b', 'c'),
                  image: fc.constantFrom('x', 'y'),
                  env: fc.uniqueArray(
                    fc.record({
                      name: fc.constantFrom('E', 'F'),
                      value: fc.constantFrom('1', '2'),
                    }),
                    { selector: ({ name }) => name, minLength: 1 },
                  ),
                },
                { requiredKeys: ['name'] },
              ),
              { selector: ({ name }) => name, minLength: 1 },
            ),
          }),
        }),
      },
      // What is emptied is gone: a spec with nothing in it would not stay.
      { requiredKeys: ['replicas'] },
    ),
  })

  test('is idempotent, and whoever applies last has what was applied', () => {
    fc.assert(
      fc.property(config, config, config, (one, two, three) => {
        const first = apply({}, one, [], 'one')
        const second = apply(first.object, two, first.managers, 'two')
        const third = apply(second.object, three, second.managers, 'one')
        const again = apply(third.object, three, third.managers, 'one')
        expect(again.object).toEqual(third.object)
        expect(again.conflicts).toEqual([])
        const own = again.managers.find((one) =>
          sameManager(one, { ...writer('one'), operation: 'Apply' }),
        )
        const before = third.managers.find((one) =>
          sameManager(one, { ...writer('one'), operation: 'Apply' }),
        )
        expect(own && before && equalSets(own.fields, before.fields)).toBe(true)
        const wanted = (three.spec.template?.spec.containers ?? []).map(({ name }) => name)
        const spec = (third.object['spec'] ?? {}) as typeof three.spec
        const there = (spec.template?.spec.containers ?? []).map(({ name }) => name)
        expect(wanted.filter((name) => !there.includes(name))).toEqual([])
      }),
    )
  })
})

describe('sets of fields', () => {
  const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"')
  const path = fc.array(element, { minLength: 1, maxLength: 4 })
  const setOf = (paths: readonly (readonly string[])[]): FieldSet => {
    const set = growingSet()
    for (const one of paths) nodeAt(set, one).member = true
    return set
  }
  const textsOf = (set: FieldSet): Set<string> => new Set(pathsOf(set).map((one) => one.join(' ')))

  test('union, intersection and difference are those of their paths', () => {
    fc.assert(
      fc.property(fc.array(path), fc.array(path), (left, right) => {
        const [a, b] = [setOf(left), setOf(right)]
        const [inA, inB] = [textsOf(a), textsOf(b)]
        expect(textsOf(union(a, b))).toEqual(new Set([...inA, ...inB]))
        expect(textsOf(intersection(a, b))).toEqual(new Set([...inA].filter((one) => inB.has(one))))
        expect(textsOf(difference(a, b))).toEqual(new Set([...inA].filter((one) => !inB.has(one))))
        expect(equalSets(fromFieldsV1(toFieldsV1(a)), a)).toBe(true)
      }),
    )
  })

  test('what is no FieldsV1 is refused', () => {
    for (const wrong of [null, 'x', [], { nothing: {} }, { 'f:a': 1 }]) {
      expect(() => fromFieldsV1(wrong)).toThrow()
    }
  })
})

describe('custom resources merge as their schema says', () => {
  const text = { type: 'string' }
  const schema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          ports: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['port', 'protocol'],
            items: {
              type: 'object',
              properties: {
                port: { type: 'integer' },
                protocol: { ...text, default: 'TCP' },
                name: text,
              },
            },
          },
          tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
          words: { type: 'array', items: text },
          selector: {
            type: 'object',
            'x-kubernetes-map-type': 'atomic',
            additionalProperties: text,
          },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  }
  const applied = (who: string, spec: Fields, live: Fields, managers: Manager[]): ApplyOutcome =>
    applyConfiguration({
      live,
      applied: { metadata: {}, spec },
      of: customRootOf(schema),
      managers,
      applier: { name: who, operation: 'Apply', apiVersion: 'a.io/v1', subresource: '' },
      time: TIME,
    })
  const first = applied(
    'one',
    {
      ports: [{ port: 80, name: 'web' }],
      tags: ['a'],
      words: ['x'],
      selector: { a: '1' },
      free: { deep: { a: 1 } },
    },
    { metadata: {} },
    [],
  )

  test('lists by their keys and as sets, maps, and what has no schema', () => {
    const { object, conflicts } = applied(
      'two',
      { ports: [{ port: 80, protocol: 'UDP' }], tags: ['b'], free: { deep: { b: 2 } } },
      first.object,
      first.managers,
    )
    expect(conflicts).toEqual([])
    expect(object['spec']).toEqual({
      ports: [
        { port: 80, name: 'web' },
        { port: 80, protocol: 'UDP' },
      ],
      tags: ['a', 'b'],
      words: ['x'],
      selector: { a: '1' },
      free: { deep: { a: 1, b: 2 } },
    })
  })

  test('what is applied empty stays, without what it had', () => {
    const { object } = applied('one', { free: { deep: {} } }, first.object, [...first.managers])
    expect(object['spec']).toEqual({ free: { deep: {} } })
  })

  test('what is one thing has one owner', () => {
    const { conflicts } = applied(
      'two',
      {
        words: ['y'],
        selector: { b: '2' },
        ports: [{ port: 80, protocol: 'TCP', name: 'other' }],
      },
      first.object,
      first.managers,
    )
    expect(conflicts.flatMap(({ fields }) => pathsOf(fields).map(formatPath))).toEqual([
      '.spec.selector',
      '.spec.words',
      '.spec.ports[port=80,protocol="TCP"].name',
    ])
  })

  test('a list that cannot be merged is named', () => {
    const twice = { ports: [{ port: 1 }, { port: 1, protocol: 'TCP' }] }
    expect(() => applied('one', twice, { metadata: {} }, [])).toThrow(
      expect.objectContaining({
        message: 'duplicate entries for key [port=1,protocol="TCP"]',
        path: ['f:spec', 'f:ports'],
      }) as Error,
    )
  })

  test('fields that it does not have are found', () => {
    const object = {
      kind: 'W',
      metadata: { a: 1 },
      spec: { ports: [{ port: 1, x: 1 }], free: { y: 1 } },
      z: 1,
    }
    expect(undeclaredFields(object, schema)).toEqual(['.spec.ports[port=1,protocol="TCP"].x', '.z'])
  })
})
