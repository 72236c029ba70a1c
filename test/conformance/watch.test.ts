import { randomUUID } from 'node:crypto'
import { beforeAll, expect } from 'vitest'
import { waitFor } from '../../src/core/index.ts'
import { CONFIGMAPS, CUSTOMRESOURCEDEFINITIONS, type KubeObject } from '../../src/kube/index.ts'
import type { AskOptions } from './ask.ts'
import { caseOf } from './differs.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential } from './exchange.ts'

/** What a watch says, read as a client of any kind reads it: lines of JSON until the server ends it. */

interface Line {
  readonly type: string
  readonly object: KubeObject & {
    readonly code?: number
    readonly reason?: string
    readonly message?: string
  }
}

const linesOf = (text: string): Line[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)

/** A kind of its own, of any shape. */
const noveltiesOf = (group: string): KubeObject & { readonly spec: unknown } => ({
  metadata: { name: `novelties.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: {
      plural: 'novelties',
      singular: 'novelty',
      kind: 'Novelty',
      listKind: 'NoveltyList',
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    ],
  },
})

onEachTarget((target, name) => {
  const check = caseOf('watch', name)
  let namespace: string
  let admin: Partial<AskOptions>
  let before: string
  const path = (query: string): string =>
    `/api/v1/namespaces/${namespace}/configmaps?watch=1&timeoutSeconds=1&${query}`
  const reply = (query: string, accept?: string): ReturnType<ReturnType<typeof target>['api']> =>
    target().api(path(query), {
      ...admin,
      ...(accept === undefined ? {} : { headers: { accept } }),
    })
  const watch = async (query: string): Promise<Line[]> => linesOf((await reply(query)).text)
  const told = (lines: readonly Line[]): string[] =>
    lines.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`)
  const put = (name: string, labels: Record<string, string>, data = {}): Promise<KubeObject> =>
    target().admin.patch(CONFIGMAPS, { namespace, name }, { metadata: { labels }, data }, 'merge')
  const mine = 'labelSelector=case'

  beforeAll(async () => {
    namespace = await target().namespace()
    admin = await adminCredential(target())
    const list = await target().admin.list(CONFIGMAPS, { namespace })
    before = list.metadata.resourceVersion ?? ''
    for (const name of ['a', 'b']) {
      await target().admin.create(CONFIGMAPS, {
        metadata: { namespace, name, labels: { case: 'x' } },
      })
    }
    await put('a', { case: 'y' })
    await put('a', { case: 'x' }, { k: 'v' })
    await target().admin.delete(CONFIGMAPS, { namespace, name: 'b' })
  })

  check('without a version: what is there, as ADDED', async () => {
    expect(told(await watch(mine))).toEqual(['ADDED a'])
  })
  check('version 0: what is there, as ADDED', async () => {
    expect(told(await watch(`${mine}&resourceVersion=0`))).toEqual(['ADDED a'])
  })
  check('from a version: every change since', async () => {
    expect(told(await watch(`${mine}&resourceVersion=${before}`))).toEqual([
      'ADDED a',
      'ADDED b',
      'MODIFIED a',
      'MODIFIED a',
      'DELETED b',
    ])
  })
  check('versions in it only grow', async () => {
    const versions = (await watch(`${mine}&resourceVersion=${before}`)).map(({ object }) =>
      Number(object.metadata.resourceVersion),
    )
    expect(versions).toEqual(versions.toSorted((x, y) => x - y))
    expect(new Set(versions).size).toBe(versions.length)
  })
  check('what a selector no longer covers is DELETED, what it covers again ADDED', async () => {
    const lines = await watch(`labelSelector=case%3Dx&resourceVersion=${before}`)
    expect(told(lines)).toEqual(['ADDED a', 'ADDED b', 'DELETED a', 'ADDED a', 'DELETED b'])
  })
  check('and seen by the other value it comes and goes', async () => {
    expect(told(await watch(`labelSelector=case%3Dy&resourceVersion=${before}`))).toEqual([
      'ADDED a',
      'DELETED a',
    ])
  })
  check('a field selector for one name', async () => {
    expect(told(await watch(`fieldSelector=metadata.name%3Db&resourceVersion=${before}`))).toEqual([
      'ADDED b',
      'DELETED b',
    ])
  })
  check('the old path', async () => {
    const { text, status } = await target().api(
      `/api/v1/watch/namespaces/${namespace}/configmaps?timeoutSeconds=1&${mine}`,
      admin,
    )
    expect([status, told(linesOf(text))]).toEqual([200, ['ADDED a']])
  })
  check('one object’s path with watch', async () => {
    const { text } = await target().api(
      `/api/v1/namespaces/${namespace}/configmaps/a?watch=1&timeoutSeconds=1`,
      admin,
    )
    expect(text).toBeTypeOf('string')
  })
  check('its type of content, and chunks', async () => {
    const { headers, status } = await reply(mine)
    expect([status, headers['content-type'], headers['transfer-encoding']]).toEqual([
      200,
      'application/json',
      'chunked',
    ])
  })
  check('timeoutSeconds ends it, without an error', async () => {
    const started = performance.now()
    expect(await watch('labelSelector=nobody')).toEqual([])
    const took = performance.now() - started
    expect(took).toBeGreaterThan(900)
    expect(took).toBeLessThan(4000)
  })
  // Of a kind that is new: a young cluster may still know every change of the others.
  check('an old version: 410 as an ERROR', async () => {
    const group = `${namespace}.example.com`
    await target().admin.create(CUSTOMRESOURCEDEFINITIONS, noveltiesOf(group))
    const [line] = await waitFor(
      'the new kind to be served',
      async () => {
        const path = `/apis/${group}/v1/novelties?watch=1&timeoutSeconds=1&resourceVersion=1`
        const { status, text } = await target().api(path, admin)
        return status === 200 ? linesOf(text) : undefined
      },
      { timeoutMs: 10_000 },
    ).finally(() =>
      target().admin.delete(CUSTOMRESOURCEDEFINITIONS, { name: `novelties.${group}` }),
    )
    expect(line?.type).toBe('ERROR')
    expect(line?.object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' })
    expect(line?.object.message).toMatch(/^too old resource version: 1 \(\d+\)$/)
  })
  check('a version that is no number', async () => {
    const { status, text } = await reply('resourceVersion=x')
    expect([status, (JSON.parse(text) as { message: string }).message]).toMatchObject([
      expect.any(Number),
      expect.stringMatching(/parsing "x": invalid syntax|Invalid value: "x"/),
    ])
  })
  check('a wrong selector is refused before it starts', async () => {
    expect((await reply('fieldSelector=data.a%3Db')).status).toBe(400)
  })
  check('as a table: rows, the columns once', async () => {
    const { text } = await reply(
      `${mine}&resourceVersion=${before}`,
      'application/json;as=Table;v=v1;g=meta.k8s.io',
    )
    type Row = {
      type: string
      object: { kind: string; columnDefinitions: unknown; rows: unknown[] }
    }
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    expect(lines.map(({ type, object }) => [type, object.kind, object.rows.length])).toEqual(
      ['ADDED', 'ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'].map((type) => [type, 'Table', 1]),
    )
    expect(
      lines.map(({ object }) => Boolean((object.columnDefinitions as unknown[] | null)?.length)),
    ).toEqual([true, false, false, false, false])
  })
  check('as partial metadata', async () => {
    const { text } = await reply(
      mine,
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    )
    const line = JSON.parse(text.trim()) as Line & { object: { data?: unknown } }
    expect([line.object.kind, line.object.metadata.name, line.object.data]).toEqual([
      'PartialObjectMetadata',
      'a',
      undefined,
    ])
  })
  check('a bookmark is sent near the end, when asked for', async () => {
    const lines = await watch(
      `allowWatchBookmarks=true&resourceVersion=${before}&timeoutSeconds=4`.replace(
        'timeoutSeconds=4',
        mine,
      ),
    )
    for (const { type, object } of lines.filter(({ type }) => type === 'BOOKMARK')) {
      expect([
        type,
        object.kind,
        Object.keys(object.metadata).filter((key) => key !== 'creationTimestamp'),
      ]).toEqual(['BOOKMARK', 'ConfigMap', ['resourceVersion']])
    }
    expect(lines.filter(({ type }) => type !== 'BOOKMARK')).toHaveLength(5)
  })
  check('a change arrives while it runs', async () => {
    const name = `live-${randomUUID().slice(0, 8)}`
    const running = watch(`fieldSelector=metadata.name%3D${name}&resourceVersion=${before}`)
    await target().admin.create(CONFIGMAPS, { metadata: { namespace, name } })
    await target().admin.delete(CONFIGMAPS, { namespace, name })
    expect(told(await running)).toEqual([`ADDED ${name}`, `DELETED ${name}`])
  })
  check('pages: limit, continue and the remaining count', async () => {
    for (const name of ['p1', 'p2', 'p3'])
      await target().admin.create(CONFIGMAPS, { metadata: { namespace, name } })
    type List = {
      items: KubeObject[]
      metadata: { continue?: string; remainingItemCount?: number; resourceVersion: string }
    }
    const page = async (query: string): Promise<List> =>
      JSON.parse(
        (await target().api(`/api/v1/namespaces/${namespace}/configmaps?limit=2${query}`, admin))
          .text,
      ) as List
    const { items: all } = await target().admin.list(CONFIGMAPS, { namespace })
    const names: (string | undefined)[] = []
    let at = await page('')
    expect(at.metadata.remainingItemCount).toBe(all.length - 2)
    const version = at.metadata.resourceVersion
    await target().admin.create(CONFIGMAPS, { metadata: { namespace, name: 'zz-later' } })
    for (;;) {
      names.push(...at.items.map(({ metadata }) => metadata.name))
      expect(at.metadata.resourceVersion).toBe(version)
      if (at.metadata.continue === undefined || at.metadata.continue === '') break
      at = await page(`&continue=${encodeURIComponent(at.metadata.continue)}`)
    }
    expect(names).toEqual(all.map(({ metadata }) => metadata.name))
    expect((await page('&labelSelector=case')).metadata.remainingItemCount).toBeUndefined()
  })
})
