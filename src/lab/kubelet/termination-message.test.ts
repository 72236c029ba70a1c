import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Container } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import { terminationMessage, withShortMessages } from './termination-message.ts'

const dir = mkdtempSync(join(tmpdir(), 'sublet-message-'))
afterAll(() => rmSync(dir, { recursive: true }))

function messageOf(
  texts: { file?: string; log?: readonly string[]; startError?: string },
  exitCode: number,
  spec: Partial<Container> = {},
): string {
  const file = join(dir, 'file')
  const logPath = join(dir, 'log')
  writeFileSync(file, texts.file ?? '')
  const line = (text: string): string => `2026-11-22T00:00:00.000000000Z stdout F ${text}\n`
  writeFileSync(logPath, (texts.log ?? []).map(line).join(''))
  const info = {
    exitCode,
    logPath,
    mounts: [{ hostPath: file, containerPath: '/dev/termination-log', readOnly: false }],
    ...(texts.startError === undefined ? {} : { startError: texts.startError }),
  } as unknown as ContainerInfo
  return terminationMessage({ name: 'main', image: 'x', ...spec }, info)
}
const FALLBACK = { terminationMessagePolicy: 'FallbackToLogsOnError' }
const lines = (count: number, text = 'line '): string[] =>
  Array.from({ length: count }, (_, index) => `${text}${index + 1}`)

// What a real kubelet (1.20) showed of the same containers.
test('the file, whatever the exit code is', () => {
  expect(messageOf({ file: 'hi' }, 0)).toBe('hi')
  expect(messageOf({ file: 'hi', log: ['no'] }, 1, FALLBACK)).toBe('hi')
})
test('its last 4096 bytes', () => {
  expect(messageOf({ file: `${'a'.repeat(5000)}b` }, 1)).toBe(`${'a'.repeat(4095)}b`)
})
test('another path has a file of its own', () => {
  expect(messageOf({ file: 'hi' }, 1, { terminationMessagePath: '/elsewhere' })).toBe('')
})
test('the log only as a fallback, and only of what failed', () => {
  expect(messageOf({ log: ['said so'] }, 1)).toBe('')
  expect(messageOf({ log: ['said so'] }, 0, FALLBACK)).toBe('')
  expect(messageOf({ log: ['said so'] }, 1, FALLBACK)).toBe('said so\n')
  expect(messageOf({}, 1, FALLBACK)).toBe('')
})
test('80 lines of it', () => {
  const expected = lines(100).slice(20).join('\n') + '\n'
  expect(messageOf({ log: lines(100) }, 1, FALLBACK)).toBe(expected)
  expect(messageOf({ log: lines(80) }, 1, FALLBACK)).toBe(lines(80).join('\n') + '\n')
  expect(messageOf({ log: Array<string>(90).fill('') }, 1, FALLBACK)).toBe('\n'.repeat(80))
})
test('2048 bytes of it, from the middle of a line', () => {
  const log = lines(70, 'b'.repeat(200))
  const whole = log.join('\n') + '\n'
  expect(messageOf({ log }, 1, FALLBACK)).toBe(whole.slice(-2048))
})
test('why it never ran, and not its log', () => {
  expect(messageOf({ startError: 'no program', log: ['x'] }, 127, FALLBACK)).toBe('no program')
})

test('the messages of a pod are 12 KiB together', () => {
  const status = (message: string) => ({
    name: 'a',
    image: 'x',
    imageID: '',
    ready: false,
    restartCount: 0,
    state: { terminated: { exitCode: 1, message } },
    lastState: {},
  })
  const sizes = (count: number): number[] =>
    withShortMessages(Array.from({ length: count }, () => status('m'.repeat(4096)))).map(
      ({ state }) => state.terminated?.message?.length ?? 0,
    )
  expect(sizes(3)).toEqual([4096, 4096, 4096])
  expect(sizes(4)).toEqual([3072, 3072, 3072, 3072])
})
