import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

test('a Node that is too old is told so in two lines, before anything is loaded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sublet-node-'))
  try {
    // The only thing that an old Node differs in here is the version that it reports.
    const preload = join(folder, 'old.cjs')
    writeFileSync(
      preload,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.19.0' } })",
    )
    const program = fileURLToPath(new URL('../bin/sublet.js', import.meta.url))
    const end = spawnSync(process.execPath, ['--require', preload, program, '--version'], {
      encoding: 'utf8',
    })
    expect(end.status).toBe(2)
    expect(end.stdout).toBe('')
    expect(end.stderr).toBe(
      'sublet: this is Node 18.19.0, and Sublet needs 20.19 or newer.\n' +
        'Next: install a current Node.js, then run the same command again.\n',
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
