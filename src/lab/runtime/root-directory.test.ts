import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clearRootDirectory, makeRootDirectory } from './root-directory.ts'

let dir: string
let root: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sublet-root-'))
  root = join(dir, 'rootfs')
})
afterEach(() => rmSync(dir, { recursive: true }))

function volume(name: string, files: Record<string, string> = {}): string {
  const path = join(dir, name)
  mkdirSync(path)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

describe('makeRootDirectory', () => {
  it('shows each volume at its path in the container', async () => {
    const token = volume('token', { token: 't' })
    const run = volume('run', { 'docker.sock': 's' })
    const made = await makeRootDirectory(root, [
      { hostPath: run, containerPath: '/host/var/run/', readOnly: false },
      {
        hostPath: token,
        containerPath: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      },
    ])
    expect(read('/host/var/run/docker.sock')).toBe('s')
    expect(read('/var/run/secrets/kubernetes.io/serviceaccount/token')).toBe('t')
    expect(made.linksOutside).toEqual([])
    expect(made.pairs).toContainEqual({ containerPath: '/host/var/run', realPath: run })
    expect(existsSync(join(root, 'tmp'))).toBe(true)
  })

  it('places one file, as a subPath mount is', async () => {
    const config = volume('config', { 'a.yaml': 'a' })
    const hostPath = join(config, 'a.yaml')
    await makeRootDirectory(root, [
      { hostPath, containerPath: '/etc/app/app.yaml', readOnly: true },
    ])
    expect(read('/etc/app/app.yaml')).toBe('a')
  })

  it('places a mount below a writable one, whose new files all its users still see', async () => {
    const outer = volume('outer', { old: '1' })
    const inner = volume('inner', { file: '2' })
    const made = await makeRootDirectory(root, [
      { hostPath: inner, containerPath: '/etc/app/conf.d/x', readOnly: true },
      { hostPath: outer, containerPath: '/etc/app', readOnly: false },
    ])
    writeFileSync(join(root, 'etc/app/new'), '3')
    expect(readFileSync(join(outer, 'new'), 'utf8')).toBe('3')
    expect(read('/etc/app/conf.d/x/file')).toBe('2')
    await clearRootDirectory(made)
    expect(existsSync(join(outer, 'conf.d/x'))).toBe(false)
    expect(existsSync(join(inner, 'file'))).toBe(true)
  })

  it('never writes into a read-only mount, nor over what is there', async () => {
    const outer = volume('outer', { keep: '1', taken: 'own' })
    mkdirSync(join(outer, 'sub'))
    writeFileSync(join(outer, 'sub', 'beside'), '4')
    const inner = volume('inner', { file: '2' })
    for (const readOnly of [true, false]) {
      const at = join(root, String(readOnly))
      const made = await makeRootDirectory(at, [
        { hostPath: outer, containerPath: '/a', readOnly },
        { hostPath: inner, containerPath: '/a/taken', readOnly: false },
      ])
      expect(readFileSync(join(at, 'a/taken/file'), 'utf8')).toBe('2')
      expect(readFileSync(join(at, 'a/keep'), 'utf8')).toBe('1')
      expect(made.pairs).toContainEqual({ containerPath: '/a', realPath: join(at, 'a') })
    }
    await makeRootDirectory(join(root, 'deep'), [
      { hostPath: outer, containerPath: '/a', readOnly: true },
      { hostPath: inner, containerPath: '/a/sub/in', readOnly: false },
    ])
    expect(readFileSync(join(root, 'deep/a/sub/in/file'), 'utf8')).toBe('2')
    expect(readFileSync(join(root, 'deep/a/sub/beside'), 'utf8')).toBe('4')
    expect(readFileSync(join(outer, 'taken'), 'utf8')).toBe('own')
    expect(existsSync(join(outer, 'sub/in'))).toBe(false)
  })

  it('does not leave the root, and wants absolute paths', async () => {
    const hostPath = volume('v')
    await makeRootDirectory(root, [{ hostPath, containerPath: '/../../x', readOnly: false }])
    expect(existsSync(join(root, 'x'))).toBe(true)
    expect(existsSync(join(dir, 'x'))).toBe(false)
    await expect(
      makeRootDirectory(root, [{ hostPath, containerPath: 'x', readOnly: false }]),
    ).rejects.toThrow('not absolute')
  })
})
