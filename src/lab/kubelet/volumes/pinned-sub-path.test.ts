import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { writeAtomically } from './atomic-writer.ts'
import { pinSubPath } from './pinned-sub-path.ts'

let dir = ''
afterEach(() => rm(dir, { recursive: true, force: true }))

const payload = (text: string) =>
  new Map([
    ['top', { data: Buffer.from(text), mode: 0o644 }],
    ['deep/er/leaf', { data: Buffer.from(text), mode: 0o644 }],
  ])

test('files and folders of a volume stay as they were, until they are pinned again', async () => {
  dir = await mkdtemp(join(tmpdir(), 'sublet-sub-path-'))
  const volume = join(dir, 'volume')
  const place = (name: string): string => join(dir, 'pinned', name)
  const pinAll = async (): Promise<void> => {
    await pinSubPath(join(volume, 'top'), place('0'))
    await pinSubPath(join(volume, 'deep'), place('1'))
    await pinSubPath(join(volume, 'absent'), place('2'))
  }
  const read = (): Promise<string[]> =>
    Promise.all([place('0'), place('1/er/leaf')].map((path) => readFile(path, 'utf8')))
  await writeAtomically(volume, payload('old'))
  await pinAll()
  await writeAtomically(volume, payload('new'))
  expect(await read()).toEqual(['old', 'old'])
  expect(await readdir(place('2'))).toEqual([])
  await pinAll()
  expect(await read()).toEqual(['new', 'new'])
})
