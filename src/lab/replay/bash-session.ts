import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { SubletError, sleep } from '../../core/index.ts'
import { createOutputReader } from './output-reader.ts'

/** How a command of the session ended. */
export interface CommandEnd {
  readonly exitCode: number
  /** The shell itself has ended: by errexit, which it starts with, by `exit`, or because its time was over. */
  readonly shellEnded: boolean
  readonly timedOut: boolean
  /** Standard output and error in the order in which they came; only the last mebibyte of very much. */
  readonly output: string
}

/** One bash for a whole runbook: variables, functions, options, traps and the folder stay from command to command. */
export interface BashSession extends AsyncDisposable {
  /** Runs a command; it gets no input. Throws the signal's reason when that fires. */
  run(
    command: string,
    options: { timeoutMs: number; signal: AbortSignal; onOutput: (text: string) => void },
  ): Promise<CommandEnd>
}

const KILL_AFTER_MS = 3_000
/** As `timeout` has it. */
const TIMED_OUT = 124

/**
 * Reads paths of command files on descriptor 3 and sources them. With errexit a failing command ends the shell, as in a
 * script; otherwise the end of each is told on descriptor 9, a copy of standard output, so that it comes after the output.
 */
const DRIVER = `set -e
exec 2>&1 9>&1
while IFS= read -r -u 3 __sublet_file; do
  . "$__sublet_file" 3<&- 9>&-
  printf '\\036%s %s\\n' "$SUBLET_REPLAY_MARK" "$__sublet_code" >&9
done
`

/** Starts bash in the folder; `scratch` is another folder, for the session's own files. */
export function openBashSession(options: {
  readonly folder: string
  readonly scratch: string
  readonly env: NodeJS.ProcessEnv
}): BashSession {
  const mark = randomBytes(12).toString('hex')
  const shell = startShell(options, mark)
  const { input, output, ended, end } = shell
  let count = 0
  return {
    async run(command, { timeoutMs, signal, onOutput }) {
      signal.throwIfAborted()
      const file = join(options.scratch, `command-${++count}.sh`)
      writeFileSync(file, `${command}\n__sublet_code=$?\n`, { mode: 0o600 })
      const reader = createOutputReader(mark, onOutput)
      output.on('data', reader.take)
      const over = new AbortController()
      const timer = sleep(timeoutMs, AbortSignal.any([over.signal, signal]))
      try {
        input.write(`${file}\n`)
        const told = await Promise.race([
          reader.told.then((code) => ({ code, shellEnded: false, timedOut: false })),
          // What it printed last may still be in the pipe.
          ended.then((code) => sleep(50).then(() => ({ code, shellEnded: true, timedOut: false }))),
          timer.then(() => ({ code: TIMED_OUT, shellEnded: true, timedOut: true })),
        ])
        if (told.shellEnded) await end()
        signal.throwIfAborted()
        reader.flush()
        const { code, shellEnded, timedOut } = told
        return { exitCode: code, shellEnded, timedOut, output: reader.output() }
      } finally {
        over.abort()
        output.off('data', reader.take)
      }
    },
    async [Symbol.asyncDispose]() {
      input.end()
      await end()
    },
  }
}

interface Shell {
  readonly input: Writable
  readonly output: Readable
  /** The exit code; rejects with E_INPUT when there is no bash. */
  readonly ended: Promise<number>
  /** Ends it with everything that it has started and that is still of its group. */
  readonly end: () => Promise<void>
}

function startShell(
  options: { readonly folder: string; readonly scratch: string; readonly env: NodeJS.ProcessEnv },
  mark: string,
): Shell {
  const driver = join(options.scratch, 'driver.sh')
  writeFileSync(driver, DRIVER, { mode: 0o600 })
  const child = spawn('bash', ['--noprofile', '--norc', driver], {
    cwd: options.folder,
    env: { ...options.env, SUBLET_REPLAY_MARK: mark },
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    // A group of its own: whatever the runbook leaves in the background ends with it.
    detached: true,
  })
  const output = child.stdio[1] as Readable
  const input = child.stdio[3] as Writable
  input.on('error', () => undefined)
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(
        new SubletError('E_INPUT', 'bash cannot be started', { cause, hint: 'Install bash.' }),
      ),
    )
    child.on('exit', (code) => resolve(code ?? 1))
  })
  const gone = ended.then(
    () => undefined,
    () => undefined,
  )
  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // Nobody is left in the group.
    }
  }
  return {
    input,
    output,
    ended,
    async end() {
      kill('SIGTERM')
      await Promise.race([gone, sleep(KILL_AFTER_MS)])
      kill('SIGKILL')
      await gone
    },
  }
}
