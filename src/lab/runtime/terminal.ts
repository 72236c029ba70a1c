import { execFile } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'
import { sleep } from '../../core/index.ts'

/** Terminals for containers that ask for one (`tty: true`, `kubectl exec -t`). */

/**
 * `script` (util-linux, part of every Debian) runs a command on a new pseudo-terminal and copies between it and its own
 * streams: Node itself cannot open one.
 */
export function onTerminal(argv: readonly string[]): readonly string[] {
  const command = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')
  return ['script', '-q', '-e', '-E', 'always', '-c', `exec ${command}`, '/dev/null']
}

/** `script` runs the command by this shell; programs ask TERM how to draw. */
export const TERMINAL_ENV: Readonly<Record<string, string>> = { SHELL: '/bin/sh', TERM: 'xterm' }

const RETRY_MS = 20
const RETRIES = 100

/**
 * Tells the terminal that `script` (the process `pid`) opens how large it is; the kernel sends SIGWINCH to what runs on it.
 * Clients tell the size at once, so the terminal may not be there yet: it is waited for, two seconds at most.
 */
export async function resizeTerminal(pid: number, columns: number, rows: number): Promise<void> {
  for (let tried = 0; tried < RETRIES; tried++) {
    const terminal = terminalOf(pid)
    if (terminal !== undefined) {
      const size = ['cols', String(columns), 'rows', String(rows)]
      execFile('stty', ['-F', terminal, ...size], () => undefined)
      return
    }
    await sleep(RETRY_MS)
  }
}

function terminalOf(pid: number): string | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
    const terminal = readlinkSync(`/proc/${child ?? ''}/fd/0`)
    // In another mount namespace it may have no path here, and the link shows what is below its file system.
    return /^(\/dev\/pts)?\/\d+$/.test(terminal) ? `/proc/${child ?? ''}/fd/0` : undefined
  } catch {
    return undefined
  }
}
