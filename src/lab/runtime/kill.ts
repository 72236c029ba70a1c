import { readKernelFile } from './kernel-file.ts'
import { familyOf, readProcess, readProcessTable } from './process-table.ts'

/** Sends a signal to one process, or to a group (negative pid). False when there is none. */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

/** Ends at once what is left of the sessions that these leaders opened. Returns how many processes that were. */
export function killFamily(leaders: readonly number[]): number {
  let killed = 0
  for (const { pid, state } of familyOf(leaders, readProcessTable())) {
    if (pid !== process.pid && state !== 'Z' && trySignal(pid, 'SIGKILL')) killed += 1
  }
  return killed
}

/** Whether a process has a handler for SIGTERM; the first one of a pid namespace takes no notice of it without. */
export function hearsTerm(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readKernelFile(`/proc/${pid}/status`) ?? '')
  return caught !== null && (BigInt(`0x${caught[1] ?? '0'}`) & SIGTERM_BIT) !== 0n
}

const SIGTERM_BIT = 1n << 14n

/** Whether the pid is still the process that started then: pids are used again. */
export function isSameProcess(pid: number, startTime: string): boolean {
  return readProcess(pid)?.startTime === startTime
}
