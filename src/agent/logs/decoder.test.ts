import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDecoder, type DecoderOptions, type Message } from './decoder.ts'
import { parseLine } from './parse-line.ts'

const START = { offset: 0, done: [] }
const T = '2026-01-02T03:04:05.123456789Z'
const cri = (stream: string, tag: string, text: string): string => `${T} ${stream} ${tag} ${text}\n`

const decode = (text: string, options: DecoderOptions = {}): string[] =>
  createDecoder(START, options)
    .push(Buffer.from(text))
    .map(({ content }) => content)

describe('parseLine', () => {
  test('reads CRI and Docker lines', () => {
    const timestampMs = Date.parse('2026-01-02T03:04:05.123Z')
    expect(parseLine(`${T} stderr F a  b `)).toEqual({
      stream: 'stderr',
      timestampMs,
      partial: false,
      content: 'a  b ',
    })
    expect(parseLine(`${T} stdout P`)).toMatchObject({ partial: true, content: '' })
    expect(parseLine(JSON.stringify({ log: 'x\n', stream: 'stderr', time: T }))).toEqual({
      stream: 'stderr',
      timestampMs,
      partial: false,
      content: 'x',
    })
    expect(parseLine('{"log":"half","stream":"stdout"}')).toMatchObject({ partial: true })
  })

  test.each([
    '',
    'free text',
    '{"log":',
    '{"log":1}',
    'null',
    '{}',
    `${T} other F x`,
    `${T} stdout X x`,
  ])('takes %j as it stands', (line) => {
    expect(parseLine(line)).toMatchObject({ stream: 'stdout', partial: false, content: line })
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (line) => {
        expect(typeof parseLine(line).content).toBe('string')
      }),
    )
  })
})

describe('createDecoder', () => {
  test('joins pieces by stream and leaves empty messages out', () => {
    const text =
      cri('stdout', 'P', 'a') +
      cri('stderr', 'F', 'E') +
      cri('stdout', 'F', 'b') +
      cri('stdout', 'F', '')
    expect(decode(text)).toEqual(['E', 'ab'])
  })

  test('cuts what is too long, with the marker at both sides', () => {
    expect(decode(cri('stdout', 'F', 'abcdefgh'), { maxBytes: 3 })).toEqual([
      'abc...TRUNCATED...',
      '...TRUNCATED...def...TRUNCATED...',
      '...TRUNCATED...gh',
    ])
    const pieces = cri('stdout', 'P', 'abc') + cri('stdout', 'F', 'd') + cri('stdout', 'F', 'e')
    expect(decode(pieces, { maxBytes: 3 })).toEqual(['abc...TRUNCATED...', '...TRUNCATED...d', 'e'])
  })

  test('keeps a bounded part of an endless line', () => {
    const text = cri('stdout', 'F', 'x'.repeat(200)) + cri('stdout', 'F', 'next')
    expect(decode(text, { maxRawBytes: 50 })).toEqual([
      expect.stringMatching(/^x+\.\.\.TRUNCATED\.\.\.$/),
      'next',
    ])
  })

  test('an unfinished message holds the offset, not the other stream for ever', () => {
    const decoder = createDecoder(START)
    decoder.push(Buffer.from(cri('stdout', 'P', 'a')))
    for (let line = 0; line < 127; line += 1) decoder.push(Buffer.from(cri('stderr', 'F', 'E')))
    expect(decoder.position()).toMatchObject({ offset: 0 })
    expect(decoder.push(Buffer.from(cri('stderr', 'F', 'E')))).toHaveLength(2)
    expect(decoder.position().done).toEqual([])
  })

  test('stopped anywhere and begun again, nothing is missing and nothing comes twice', () => {
    const line = fc.tuple(
      fc.constantFrom('stdout', 'stderr'),
      fc.constantFrom('P', 'F'),
      fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => text.replace(/[\r\n]/g, '')),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), fc.array(fc.nat(60)), (lines, cuts) => {
        const bytes = Buffer.from(
          lines.map(([stream, tag, text]) => cri(stream, tag, text)).join(''),
        )
        const whole = createDecoder(START).push(bytes)
        const parts: Message[] = []
        let position: ReturnType<ReturnType<typeof createDecoder>['position']> = START
        for (const cut of [...cuts, bytes.length]) {
          const decoder = createDecoder(position)
          const { offset } = position
          // In two reads, as it comes.
          parts.push(...decoder.push(bytes.subarray(offset, offset + cut)))
          parts.push(...decoder.push(bytes.subarray(offset + cut, offset + 2 * cut)))
          position = decoder.position()
        }
        expect(parts).toEqual(whole)
      }),
    )
  })

  test('any bytes give bounded messages', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        (bytes, size) => {
          const decoder = createDecoder(START, { maxBytes: 16, maxRawBytes: 64 })
          for (let at = 0; at < bytes.length; at += size) {
            for (const { content } of decoder.push(Buffer.from(bytes.subarray(at, at + size)))) {
              expect(Buffer.byteLength(content)).toBeLessThanOrEqual(16 + 2 * 15 + 15)
            }
          }
          expect(decoder.position().offset).toBeLessThanOrEqual(bytes.length)
        },
      ),
    )
  })
})
