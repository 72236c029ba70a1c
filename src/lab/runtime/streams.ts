import { SubletError, describeError } from '../../core/index.ts'
import type { Child } from './child.ts'
import type { Container } from './container.ts'
import type { Isolation } from './isolation.ts'
import { trySignal } from './kill.ts'
import { resizeTerminal } from './terminal.ts'
import type { ProcessStreams, StreamOptions } from './types.ts'

/** Starts a command in a running container with its streams open. */
export async function streamInContainer(
  container: Container,
  argv: readonly string[],
  options: StreamOptions,
  isolation: Isolation,
): Promise<ProcessStreams> {
  runningChild(container)
  const child = await startCommand(container, argv, options, isolation)
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

async function startCommand(
  container: Container,
  argv: readonly string[],
  { stdin, tty, onOutput }: StreamOptions,
  isolation: Isolation,
): Promise<Child> {
  // A terminal without input still needs its end held open: at end-of-file `script` would end.
  const input = stdin || tty ? 'pipe' : 'none'
  try {
    return await isolation.run(container, { argv, stdin: input, tty, onOutput })
  } catch (error) {
    throw new SubletError('E_RUNTIME', describeError(error), { cause: error })
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
const leaderOf = ({ programPid }: Child): number => programPid
