import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../bin/sublet.js', import.meta.url))

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves when standard error has shown the text. */
  shown(text: string): Promise<void>
}

/** Starts `sublet ARGUMENTS` as a user does: the built program in a process of its own. */
export function startSublet(
  argv: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string } = {},
): Running {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const watchers: (() => void)[] = []
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8')
    for (const watch of watchers) watch()
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.stdin ?? '')
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  return {
    child,
    finished,
    shown: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve()
        }
        watchers.push(look)
        look()
        void finished.then((end) =>
          reject(new Error(`ended without showing ${text}: ${end.stderr}`)),
        )
      }),
  }
}

/** Runs `sublet ARGUMENTS` to its end. */
export async function runSublet(
  argv: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string } = {},
): Promise<Finished> {
  return startSublet(argv, options).finished
}

/** A short temporary folder for a lab's state, and what takes lab and folder away again. */
export function temporaryLab(): { readonly dir: string; remove(): Promise<void> } {
  const dir = mkdtempSync(join(tmpdir(), 'sl-'))
  return {
    dir,
    async remove() {
      // A lab that is down has taken its folder with it.
      if (existsSync(dir)) await runSublet(['lab', 'down', '--state-dir', dir])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
