import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { familyOf, parseProcessStat, readProcess, readProcessTable } from './process-table.ts'
import { isSameProcess, killFamily } from './kill.ts'

const REST =
  'S 1 42 42 0 -1 4194560 100 7 3 2 11 5 4 6 20 0 9 0 123456 1000 50 18446744073709551615'

describe('parseProcessStat', () => {
  it('reads a process whose name is meant to mislead', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 15 }), (name) => {
        const stat = parseProcessStat(`42 (${name}) ${REST}`)
        expect(stat).toEqual({
          pid: 42,
          state: 'S',
          parent: 1,
          group: 42,
          session: 42,
          minorFaults: 107,
          majorFaults: 5,
          userTicks: 15,
          systemTicks: 11,
          threads: 9,
          startTime: '123456',
        })
      }),
    )
  })

  it('takes nothing else for a process', () => {
    expect(parseProcessStat('')).toBeUndefined()
    expect(parseProcessStat('42 sh S 1')).toBeUndefined()
  })

  it('knows this process', () => {
    expect(readProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid })
    expect(readProcess(2 ** 30)).toBeUndefined()
  })
})

describe('familyOf', () => {
  const member = (pid: number, parent: number, session: number) => ({
    ...parseProcessStat(`${pid} (x) ${REST}`)!,
    pid,
    parent,
    session,
  })

  it('finds the session, and descendants that have left it', () => {
    const table = [
      member(1, 0, 1),
      member(10, 1, 10),
      member(11, 1, 10),
      member(12, 11, 12),
      member(13, 12, 13),
      member(20, 1, 20),
    ]
    expect(familyOf([10], table).map(({ pid }) => pid)).toEqual([10, 11, 12, 13])
    expect(familyOf([], table)).toEqual([])
  })

  it('of a real session can be killed, also when its leader is gone', async () => {
    const script = 'sleep 300 & sleep 300 & echo ready; read -r _'
    const leader = spawn('/bin/sh', ['-c', script], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const pid = leader.pid!
    await once(leader.stdout, 'data')
    expect(familyOf([pid], readProcessTable())).toHaveLength(3)
    leader.stdin.end()
    await once(leader, 'exit')
    expect(killFamily([pid])).toBe(2)
    const closed = once(leader, 'close')
    leader.stdout.resume()
    await closed
    expect(
      readProcessTable().filter(({ session, state }) => session === pid && state !== 'Z'),
    ).toEqual([])
  })
})

describe('isSameProcess', () => {
  it('tells a process from another one with its pid', () => {
    const { startTime } = readProcess(process.pid)!
    expect(isSameProcess(process.pid, startTime)).toBe(true)
    expect(isSameProcess(process.pid, '1')).toBe(false)
  })
})
