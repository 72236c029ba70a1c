import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { ProgramMissing, noProgram } from './find-program.ts'
import { readKernelFile } from './kernel-file.ts'
import type { ChildPlan } from './child.ts'

/** Longer than any machine takes to mount some dozen folders. */
const START_MS = 20_000
const MAX_FAULT_BYTES = 4096

export interface Started {
  /** Holds output back until the program runs: what comes before is the script's own. */
  readonly onOutput: ChildPlan['onOutput']
  /** The program's pid as the machine numbers it, if it can be told. Rejects with what went wrong: ProgramMissing, or why the container cannot be entered. */
  readonly running: Promise<number | undefined>
}

/**
 * Follows a script of `namespaces/scripts.ts`. It writes lines to file descriptor 3: `pid N`, then `run` as the last thing
 * before it becomes the program, or `missing FAULT`. Its end without either is a failure, and stderr says why.
 */
export function whenStarted(child: ChildProcess, plan: ChildPlan): Started {
  const held: { stream: 'stdout' | 'stderr'; chunk: Buffer }[] = []
  let isOpen = false
  const open = (): void => {
    isOpen = true
    for (const { stream, chunk } of held.splice(0)) plan.onOutput(stream, chunk)
  }
  const faultText = (): string =>
    Buffer.concat(held.map(({ chunk }) => chunk))
      .subarray(0, MAX_FAULT_BYTES)
      .toString()
      .trim()
  const running = new Promise<number | undefined>((resolve, reject) => {
    const reports = child.stdio[3] as Readable | null
    let text = ''
    const late = setTimeout(() => fail('it did not start in time'), START_MS)
    const fail = (why: string): void => {
      clearTimeout(late)
      reject(new Error(why))
    }
    child.once('error', (error) => fail(error.message))
    // Its output may come after its end, but not after `close`.
    child.once('close', () => fail(faultText() || 'the container could not be entered'))
    reports?.on('error', () => undefined)
    reports?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const missing = /^missing (.*)$/m.exec(text)
      if (missing !== null) reject(missingOf(plan, missing[1] ?? ''))
      if (!text.endsWith('run\n')) return
      clearTimeout(late)
      reports.destroy()
      open()
      resolve(programPid(child, text))
    })
  })
  running.catch(() => undefined)
  const onOutput: ChildPlan['onOutput'] = (stream, chunk) => {
    if (isOpen) plan.onOutput(stream, chunk)
    else held.push({ stream, chunk })
  }
  return { onOutput, running }
}

function missingOf(plan: ChildPlan, fault: string): ProgramMissing {
  if (fault === 'folder') {
    const folder = JSON.stringify(plan.env['_sublet_folder'] ?? '/')
    const why = `chdir to cwd (${folder}) set in config.json failed: no such file or directory`
    return new ProgramMissing({ why, exitCode: 126 })
  }
  const known = fault === 'path' ? 'not-in-path' : fault === 'denied' ? 'denied' : 'not-there'
  return new ProgramMissing(noProgram(plan.wanted ?? '', known))
}

/** What it told, else the only child of the process that waits for it. */
function programPid(child: ChildProcess, text: string): number | undefined {
  const told = Number(/^pid (\d+)$/m.exec(text)?.[1])
  if (told > 0) return told
  const { pid = 0 } = child
  const [first = ''] = (readKernelFile(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ')
  return Number(first) > 0 ? Number(first) : undefined
}
