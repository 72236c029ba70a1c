import { SubletError } from '../../core/index.ts'
import { startChild, type Child } from './child.ts'
import type { Container } from './container.ts'
import { missingProgram } from './find-program.ts'
import type { Guardian } from './guardian.ts'
import { trySignal } from './kill.ts'
import { containerEnv, rewriteForeign, type Programs } from './launch.ts'
import { TERMINAL_ENV, onTerminal, resizeTerminal } from './terminal.ts'
import type { ProcessStreams, StreamOptions } from './types.ts'

/** Starts a command in a running container with its streams open. */
export async function streamInContainer(
  container: Container,
  argv: readonly string[],
  options: StreamOptions,
  surroundings: { guardian: Guardian; binDir: string; programs: Programs },
): Promise<ProcessStreams> {
  runningChild(container)
  const env = containerEnv(container, surroundings.binDir)
  const real = rewriteForeign(container, argv, surroundings.programs)
  const path = env['PATH'] ?? ''
  const missing = missingProgram(argv[0] ?? '', real[0] ?? '', path, container.base.rootDir)
  if (missing) throw new SubletError('E_RUNTIME', missing.why)
  const child = await startChild(
    {
      containerId: container.base.id,
      argv: options.tty ? onTerminal(real) : real,
      env: options.tty ? { ...TERMINAL_ENV, ...env } : env,
      cwd: container.base.rootDir,
      cgroups: container.cgroups,
      // A terminal without input still needs its end held open: at end-of-file `script` would end.
      stdin: options.stdin || options.tty ? 'pipe' : 'none',
      onOutput: options.onOutput,
    },
    surroundings.guardian,
  )
  container.execs.add(child)
  void child.ended.then(() => container.execs.delete(child))
  return {
    stdin: options.stdin ? child.stdin : undefined,
    holdBack: (isHeldBack) => child.holdBack(isHeldBack),
    resize(columns, rows) {
      if (options.tty) void resizeTerminal(leaderOf(child), columns, rows)
    },
    ended: child.ended,
    leave: () => void trySignal(-child.pid, 'SIGKILL'),
  }
}

/** The streams of a container's own program. Its log goes on meanwhile, so nobody who is attached holds it back. */
export function attachTo(
  container: Container,
  options: Omit<StreamOptions, 'tty'>,
): ProcessStreams {
  const child = runningChild(container)
  const leave = (): void => void container.attached.delete(options.onOutput)
  container.attached.add(options.onOutput)
  void child.ended.then(leave)
  return {
    stdin: options.stdin && container.stdin ? child.stdin : undefined,
    holdBack: () => undefined,
    resize(columns, rows) {
      if (container.tty) void resizeTerminal(leaderOf(child), columns, rows)
    },
    ended: child.ended,
    leave,
  }
}

function runningChild({ phase, child, base }: Container): Child {
  if (phase !== 'running' || child === undefined) {
    throw new SubletError('E_RUNTIME', `container ${base.name} is not running`)
  }
  return child
}

/** The start script becomes the program by exec: the child that was started is `script` itself. */
const leaderOf = ({ pid }: Child): number => pid
