import { expect, test } from 'vitest'
import type { ContainerInfo } from '../runtime/types.ts'
import { NO_BACK_OFF, backOffAfterExit, longer } from './container-record.ts'

const ended = (startedAt: number, finishedAt: number): ContainerInfo =>
  ({ startedAt, finishedAt, createdAt: startedAt }) as ContainerInfo

test('delays double from 10 s to 5 min', () => {
  const delays = [0]
  for (let n = 0; n < 7; n++) delays.push(longer(delays.at(-1) ?? 0))
  expect(delays.map((ms) => ms / 1000)).toEqual([0, 10, 20, 40, 80, 160, 300, 300])
})

test('the first restart is at once, later ones wait from the end of the container', () => {
  expect(backOffAfterExit(NO_BACK_OFF, ended(0, 1000), 1500)).toEqual({ delayMs: 0, until: 1000 })
  expect(backOffAfterExit({ delayMs: 20_000, until: 0 }, ended(0, 1000), 1500)).toEqual({
    delayMs: 20_000,
    until: 21_000,
  })
})

test('ten minutes of running make up for earlier failures', () => {
  expect(backOffAfterExit({ delayMs: 300_000, until: 0 }, ended(0, 600_000), 600_000)).toEqual({
    delayMs: 0,
    until: 600_000,
  })
})
