import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keepArchiveNames } from './archive-names.ts'
import { rewriteArgv } from './rewrite-argv.ts'

test('files below a mount are in an archive under the names that were asked for', () => {
  const realPath = mkdtempSync(join(tmpdir(), 'sl-odd,[name].*^$-'))
  try {
    mkdirSync(join(realPath, 'folder'))
    writeFileSync(join(realPath, 'folder', 'file'), 'text')
    const asked = ['tar', 'cf', '-', '/data/a&b/folder']
    const real = rewriteArgv(asked, [{ containerPath: '/data/a&b', realPath }])
    const [program = '', ...args] = keepArchiveNames(asked, real)
    const archive = execFileSync(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    const names = execFileSync('tar', ['tf', '-'], { input: archive }).toString()
    expect(names).toBe('data/a&b/folder/\ndata/a&b/folder/file\n')
  } finally {
    rmSync(realPath, { recursive: true })
  }
})

test('whatever else is run stays as it is', () => {
  for (const argv of [
    ['tar', '-xmf', '-', '-C', '/data'],
    ['cat', '/data/x'],
    ['tar', 'cf', '-', 'x'],
  ]) {
    const real = argv.map((argument) => argument.replace('/data', '/real'))
    expect(keepArchiveNames(argv, real)).toBe(real)
  }
})
