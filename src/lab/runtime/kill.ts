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

/** Whether the pid is still the process that started then: pids are used again. */
export function isSameProcess(pid: number, startTime: string): boolean {
  return readProcess(pid)?.startTime === startTime
}
