import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { sleep } from '../core/index.ts'
import { watchFiles } from './watch-files.ts'

const stop = new AbortController()
let dir = ''
afterEach(async () => {
  stop.abort()
  await rm(dir, { recursive: true })
})

test('a volume that Kubernetes swaps by a symbolic link is a change, and a second look is none', async () => {
  dir = await mkdtemp(join(tmpdir(), 'sublet-watch-'))
  const write = async (version: string): Promise<void> => {
    await mkdir(join(dir, version))
    await writeFile(join(dir, version, 'tls.crt'), version)
    await symlink(version, join(dir, `${version}-link`))
    await rename(join(dir, `${version}-link`), join(dir, '..data'))
  }
  await write('one')
  await symlink('..data/tls.crt', join(dir, 'tls.crt'))
  let changes = 0
  let told = (): void => undefined
  const first = new Promise<void>((resolve) => (told = resolve))
  watchFiles({
    files: () => [join(dir, 'tls.crt')],
    everyMs: 5,
    signal: stop.signal,
    changed: async () => {
      changes++
      told()
      await Promise.resolve()
    },
  })
  await sleep(30)
  expect(changes).toBe(0)
  await write('two')
  await first
  await sleep(30)
  expect(changes).toBe(1)
})
