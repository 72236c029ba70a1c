import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { tokenSource } from './token-source.ts'

const dir = mkdtempSync(join(tmpdir(), 'sublet-token-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let files = 0
const newFile = (text: string): string => {
  files += 1
  const file = join(dir, `token-${files}`)
  writeFileSync(file, text)
  return file
}
/** A token that says when it expires, and which one it is. */
const jwt = (id: string, exp: number): string =>
  [{ alg: 'RS256' }, { iss: 'https://issuer', sub: 'agent', jti: id, exp, iat: 1 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat('AAAA')
    .join('.')

/** A file system that shows no change: only the time tells. */
const unchanged = (): string => 'as before'

describe('a token file', () => {
  test('is read again when it changes', () => {
    const file = newFile('one\n')
    const token = tokenSource(file, () => 0)
    expect(token.current()?.reveal()).toBe('one')
    writeFileSync(file, 'three\n')
    expect(token.current()?.reveal()).toBe('three')
    expect(String(token.current())).toBe('[secret]')
  })

  test('is read again when Kubernetes turns the link of the volume to a new folder', () => {
    const volume = join(dir, 'volume')
    const write = (folder: string, text: string): void => {
      mkdirSync(join(volume, folder), { recursive: true })
      writeFileSync(join(volume, folder, 'token'), text)
      symlinkSync(folder, join(volume, '..data_tmp'))
      renameSync(join(volume, '..data_tmp'), join(volume, '..data'))
    }
    write('..2026_01', 'one')
    symlinkSync('..data/token', join(volume, 'token'))
    const token = tokenSource(join(volume, 'token'), () => 0)
    write('..2026_02', 'two')
    expect(token.current()?.reveal()).toBe('two')
  })

  test('that looks unchanged is read again after its time, and when the clock is set back', () => {
    const file = newFile('one')
    let now = 1_000_000
    const token = tokenSource(file, () => now, unchanged)
    writeFileSync(file, 'two')
    now += 49_999
    expect(token.current()?.reveal()).toBe('one')
    now += 1
    expect(token.current()?.reveal()).toBe('two')
    writeFileSync(file, 'six')
    now = 500_000
    expect(token.current()?.reveal()).toBe('six')
  })

  test('is read again before the token expires, at most each second', () => {
    let now = 0
    const file = newFile(jwt('a', 40))
    const token = tokenSource(file, () => now, unchanged)
    const next = jwt('b', 40)
    writeFileSync(file, next)
    now = 9_999
    expect(token.current()?.reveal(), 'more than half a minute is left').toBe(jwt('a', 40))
    now = 10_000
    expect(token.current()?.reveal()).toBe(next)
    writeFileSync(file, jwt('c', 40))
    now = 10_999
    expect(token.current()?.reveal(), 'read a moment ago').toBe(next)
    now = 11_000
    expect(token.current()?.reveal()).toBe(jwt('c', 40))
  })

  test('that is gone, empty, too large or garbled leaves the last good token', () => {
    const file = newFile('one')
    const token = tokenSource(file, () => 0)
    for (const text of ['', 'two\nlines', 'x'.repeat(70_000)]) {
      writeFileSync(file, text)
      expect(token.current()?.reveal()).toBe('one')
    }
    rmSync(file)
    expect(token.current()?.reveal()).toBe('one')
    writeFileSync(file, 'two')
    expect(token.current()?.reveal()).toBe('two')
  })

  test('that is empty at the start is no token, and becomes one', () => {
    const file = newFile('')
    const token = tokenSource(file, () => 0)
    expect(token.current()).toBeUndefined()
    writeFileSync(file, 'one')
    expect(token.current()?.reveal()).toBe('one')
  })

  test.each([
    ['two\nlines', 'the file holds no token'],
    ['x'.repeat(70_000), 'the file is too large for a token'],
  ])('with garbage in it at the start is an error that does not show it', (text, message) => {
    expect(() => tokenSource(newFile(text), () => 0)).toThrow(new Error(message))
  })
})

test('a token cannot be a folder or a device', () => {
  for (const file of [dir, '/dev/zero']) {
    expect(() => tokenSource(file, () => 0)).toThrow('it is no regular file')
  }
})

describe('after a 401', () => {
  test('the file is read once, then after 1, 2, 4 … seconds; an accepted token ends the waiting', () => {
    let now = 0
    const file = newFile('one')
    const token = tokenSource(file, () => now, unchanged)
    const one = token.current()
    expect(token.afterRefusal(one)).toBeUndefined()
    writeFileSync(file, 'two')
    expect(token.afterRefusal(one), 'backs off').toBeUndefined()
    now = 1_000
    const two = token.afterRefusal(one)
    expect(two?.reveal()).toBe('two')
    writeFileSync(file, 'six')
    now = 2_999
    expect(token.afterRefusal(two), 'backs off for 2 s').toBeUndefined()
    token.accepted()
    expect(token.afterRefusal(two)?.reveal()).toBe('six')
  })

  test('a request that was sent with the token before gets the new one without reading', () => {
    const file = newFile('one')
    const token = tokenSource(file, () => 0)
    const one = token.current()
    writeFileSync(file, 'three')
    expect(token.afterRefusal(one)?.reveal()).toBe('three')
    expect(token.afterRefusal(one)?.reveal()).toBe('three')
  })
})
