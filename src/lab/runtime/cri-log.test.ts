import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { nanoTime, openCriLog } from './cri-log.ts'

const dir = mkdtempSync(join(tmpdir(), 'sublet-cri-log-'))
afterAll(() => rmSync(dir, { recursive: true }))

const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) ([FP]) (.*)$/
const parse = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => LINE.exec(line)?.slice(1))

describe('openCriLog', () => {
  it('writes whole lines of both streams, also when they come in pieces', () => {
    const path = join(dir, 'pieces.log')
    const log = openCriLog(path)
    log.write('stdout', Buffer.from('one\ntw'))
    log.write('stderr', Buffer.from('err\n'))
    log.write('stdout', Buffer.from('o\nrest'))
    log.close()
    expect(parse(path)).toEqual([
      ['stdout', 'F', 'one'],
      ['stderr', 'F', 'err'],
      ['stdout', 'F', 'two'],
      ['stdout', 'F', 'rest'],
    ])
  })

  it('makes the file before anything is said, as the kubelet expects', () => {
    const path = join(dir, 'deep', 'silent.log')
    openCriLog(path).close()
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('keeps every byte of any text that is cut anywhere', () => {
    let run = 0
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 50 })), (chunks) => {
        const path = join(dir, `property-${run++}.log`)
        const log = openCriLog(path)
        for (const chunk of chunks) log.write('stdout', Buffer.from(chunk))
        log.close()
        const text = chunks.join('')
        const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
        const said = lines.map((line) =>
          line.slice('2026-11-22T11:57:51.123456789Z stdout F '.length),
        )
        const whole = text.endsWith('\n') ? text.slice(0, -1) : text
        expect(said.join('\n')).toBe(text === '' ? '' : whole)
      }),
      { numRuns: 50 },
    )
  })

  it('cuts a very long line into parts', () => {
    const path = join(dir, 'long.log')
    const log = openCriLog(path)
    log.write('stdout', Buffer.from(`${'x'.repeat(40_000)}\n`))
    log.close()
    const parts = parse(path)
    expect(parts.map((part) => part?.[1])).toEqual(['P', 'P', 'F'])
    expect(parts.map((part) => part?.[2]).join('')).toBe('x'.repeat(40_000))
  })

  it('starts a new file when the old one is full, and keeps one old one', () => {
    const path = join(dir, 'full.log')
    const log = openCriLog(path, 1000)
    for (let i = 0; i < 100; i += 1) log.write('stdout', Buffer.from(`line ${i}\n`))
    log.close()
    expect(statSync(path).size).toBeLessThanOrEqual(1000)
    expect(existsSync(`${path}.1`)).toBe(true)
    expect(readFileSync(path, 'utf8')).toContain('line 99\n')
  })
})

describe('nanoTime', () => {
  it('has nine digits', () => {
    expect(nanoTime(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123000000Z')
    expect(nanoTime(1_700_000_000_123.5)).toBe('2023-11-14T22:13:20.123500000Z')
  })
})
