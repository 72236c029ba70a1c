import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keyIdsInFiles } from './find-tokens.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sublet-tokens-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const token = (kid: string): string =>
  [{ alg: 'RS256', kid }, { sub: 'x' }, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')

test('tokens are found in mounted folders, also through links, and each folder is read once', () => {
  const volume = join(root, 'volume')
  mkdirSync(volume)
  writeFileSync(join(volume, 'token'), token('host-key'))
  symlinkSync(volume, join(root, 'mounted'))
  symlinkSync(root, join(volume, 'loop'))
  expect(keyIdsInFiles({ SUBLET_CONTAINER_ROOT: root })).toEqual(['host-key'])
})

test('a file without a token, a dangling link and a broken token are no find', () => {
  writeFileSync(join(root, 'ca.crt'), '-----BEGIN CERTIFICATE-----')
  writeFileSync(join(root, 'broken'), 'eyJub3Q.eyJqc29u.c2ln')
  symlinkSync(join(root, 'gone'), join(root, 'dangling'))
  expect(keyIdsInFiles({ SUBLET_CONTAINER_ROOT: root }).filter((id) => id !== '')).toEqual([])
})
