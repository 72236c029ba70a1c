import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import type { Guardian } from './guardian.ts'
import { killFamily, trySignal } from './kill.ts'
import { whenStarted, type Started } from './start-report.ts'

/** Joins the cgroups, then becomes the program: so the kernel counts everything from its first instruction on. */
const JOIN =
  'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 125; shift; done; shift; exec "$@"'

/** Output of a grandchild may come after the child's end; it is not waited for any longer than this. */
const OUTPUT_AFTER_EXIT_MS = 250

/** The file descriptor of the first cgroup's `cgroup.procs`, for a script that `reports`: it joins them itself. */
export const FIRST_CGROUP = 4

export interface ChildPlan {
  readonly containerId: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Directories of the cgroup file system to enter. */
  readonly cgroups: readonly string[]
  /** `hold`: a pipe that stays open as long as this process lives; `pipe`: one that the caller writes to. */
  readonly stdin: 'hold' | 'pipe' | 'none' | Buffer
  readonly onOutput: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  /** What is started is a script that enters the container first, and reports on file descriptor 3 how far it came. */
  readonly reports?: boolean
  /** It leaves nothing behind beyond its process group that would have to be looked for on the machine. */
  readonly isConfined?: boolean
  /** For messages: the program as it was asked for. */
  readonly wanted?: string
}

export interface Child {
  /** The process that was started here: the leader of its session. */
  readonly pid: number
  /** The container's program as the machine numbers it: another process where the first one only waits for it. */
  readonly programPid: number
  /** The exit code; 128 + the signal's number when a signal ended it. Resolves after the output. Never rejects. */
  readonly ended: Promise<number>
  /** Undefined when the plan has none. */
  readonly stdin: Writable | undefined
  /** While it is held back, no output is read, and a program that prints much waits. */
  holdBack(isHeldBack: boolean): void
}

/**
 * Starts a program as the leader of its own session and process group. When it ends, what it left behind is killed, as
 * in a container. Rejects when there is no such program (ProgramMissing, where it is looked for inside of the container).
 */
export async function startChild(plan: ChildPlan, guardian: Guardian): Promise<Child> {
  const child = spawnPlan(plan)
  const started = plan.reports === true ? whenStarted(child, plan) : undefined
  const onOutput = started?.onOutput ?? plan.onOutput
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => onOutput(name, chunk))
    child[name]?.on('error', () => undefined)
  }
  child.stdin?.on('error', () => undefined)
  const ended = whenEnded(child, guardian, plan.isConfined === true)
  const pid = child.pid ?? (await noPid(child))
  guardian.record(pid, plan.containerId)
  const programPid = await programOf(pid, started, plan, guardian)
  if (programPid !== pid) void ended.then(() => guardian.forget(programPid))
  if (Buffer.isBuffer(plan.stdin)) child.stdin?.end(plan.stdin)
  return {
    pid,
    programPid,
    ended,
    stdin: child.stdin ?? undefined,
    holdBack(isHeldBack) {
      for (const stream of [child.stdout, child.stderr]) {
        if (isHeldBack) stream?.pause()
        else stream?.resume()
      }
    },
  }
}

function spawnPlan({ argv, cgroups, cwd, env, stdin, reports }: ChildPlan): ChildProcess {
  const joined = ['/bin/sh', '-c', JOIN, 'sublet-start', ...cgroups, '--', ...argv]
  const [command = '', ...args] = reports === true || cgroups.length === 0 ? argv : joined
  const input = stdin === 'none' ? 'ignore' : 'pipe'
  const held =
    reports === true ? cgroups.map((dir) => openSync(join(dir, 'cgroup.procs'), 'w')) : []
  try {
    return spawn(command, args, {
      detached: true,
      cwd,
      env: { ...env },
      stdio: [input, 'pipe', 'pipe', ...(reports === true ? (['pipe'] as const) : []), ...held],
    })
  } finally {
    for (const file of held) closeSync(file)
  }
}

/** It was not started: rejects with the reason, which comes as an event. */
async function noPid(child: ChildProcess): Promise<never> {
  return await new Promise<never>((_, reject) => child.once('error', reject))
}

/** Waits until the program runs in its container. When it never does, the script's process is ended. */
async function programOf(
  pid: number,
  started: Started | undefined,
  plan: ChildPlan,
  guardian: Guardian,
): Promise<number> {
  if (started === undefined) return pid
  try {
    const programPid = (await started.running) ?? pid
    if (programPid !== pid) guardian.record(programPid, plan.containerId)
    return programPid
  } catch (error) {
    trySignal(-pid, 'SIGKILL')
    throw error
  }
}

function whenEnded(child: ChildProcess, guardian: Guardian, isConfined: boolean): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : signalNumber(signal))
      const { pid } = child
      if (pid !== undefined) {
        trySignal(-pid, 'SIGKILL')
        if (!isConfined) killFamily([pid])
        guardian.forget(pid)
      }
      const late = setTimeout(() => resolve(exitCode), OUTPUT_AFTER_EXIT_MS)
      child.once('close', () => {
        clearTimeout(late)
        resolve(exitCode)
      })
    })
  })
}

const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
}

function signalNumber(signal: NodeJS.Signals): number {
  return SIGNAL_NUMBERS[signal] ?? 0
}
