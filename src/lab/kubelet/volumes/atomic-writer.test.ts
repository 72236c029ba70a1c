import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeAtomically } from './atomic-writer.ts'
import { readableByGroup } from './fs-group.ts'
import { VolumeNotReady, checkRelative, projectKeys, type Payload } from './payload.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sublet-volume-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([path, text]) => [path, { data: Buffer.from(text), mode }]))

test('files are reached through ..data, with their modes', async () => {
  expect(await writeAtomically(dir, payload({ token: 'a', 'sub/file': 'b' }, 0o440))).toBe(true)
  expect(await readFile(join(dir, 'token'), 'utf8')).toBe('a')
  expect(await readFile(join(dir, 'sub/file'), 'utf8')).toBe('b')
  expect((await stat(join(dir, 'token'))).mode & 0o777).toBe(0o440)
  expect(await readlink(join(dir, 'token'))).toBe('..data/token')
})

test.skipIf(getuid?.() !== 0)('a group that is given may read the files', async () => {
  const mine = readableByGroup(payload({ token: 'a' }, 0o400))
  await writeAtomically(dir, mine, 65_532)
  const { gid, mode } = await stat(join(dir, 'token'))
  expect([gid, mode & 0o777]).toEqual([65_532, 0o440])
  expect(await writeAtomically(dir, mine, 65_532)).toBe(false)
})

test('the same content is not written again', async () => {
  await writeAtomically(dir, payload({ a: '1' }))
  const before = await readlink(join(dir, '..data'))
  expect(await writeAtomically(dir, payload({ a: '1' }))).toBe(false)
  expect(await readlink(join(dir, '..data'))).toBe(before)
})

test('a change swaps everything at once and leaves nothing behind', async () => {
  await writeAtomically(dir, payload({ a: '1', gone: 'x' }))
  expect(await writeAtomically(dir, payload({ a: '2', fresh: 'y' }))).toBe(true)
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('2')
  const names = await readdir(dir)
  expect(names.filter((name) => !name.startsWith('..')).toSorted()).toEqual(['a', 'fresh'])
  expect(names.filter((name) => name.startsWith('..')).length).toBe(2)
})

test('what others have put there stays: mount points, files, links that lead elsewhere', async () => {
  await writeAtomically(dir, payload({ a: '1', gone: 'x' }))
  await mkdir(join(dir, 'mounted/below'), { recursive: true })
  await writeFile(join(dir, 'file'), '')
  await symlink('/elsewhere', join(dir, 'link'))
  expect(await writeAtomically(dir, payload({ a: '2', mounted: 'key of that name' }))).toBe(true)
  const names = (await readdir(dir)).filter((name) => !name.startsWith('..'))
  expect(names.toSorted()).toEqual(['a', 'file', 'link', 'mounted'])
  expect((await stat(join(dir, 'mounted/below'))).isDirectory()).toBe(true)
  expect(await writeAtomically(dir, payload({}))).toBe(true)
  expect(await readdir(dir)).not.toContain('a')
})

test('an empty volume is an empty directory', async () => {
  await writeAtomically(dir, payload({}))
  expect((await readdir(dir)).filter((name) => !name.startsWith('..'))).toEqual([])
})

test.each(['', '/etc/passwd', '../up', 'a/../../b'])(
  'a path %j that would leave the volume is refused',
  (path) => {
    expect(() => checkRelative(path)).toThrow(VolumeNotReady)
  },
)

test('a missing key is an error unless it is optional', () => {
  const values = new Map([['a', Buffer.from('1')]])
  const options = { what: 'secret s', items: [{ key: 'b', path: 'b' }], defaultMode: 0o644 }
  expect(() => projectKeys(values, { ...options, optional: false })).toThrow(
    'secret s references non-existent key: b',
  )
  expect(projectKeys(values, { ...options, optional: true }).size).toBe(0)
})
