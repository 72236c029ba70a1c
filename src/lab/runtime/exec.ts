import { SubletError, describeError } from '../../core/index.ts'
import type { Child } from './child.ts'
import type { Container } from './container.ts'
import { ProgramMissing } from './find-program.ts'
import type { Isolation } from './isolation.ts'
import { trySignal } from './kill.ts'
import type { ContainerRuntime, ExecResult } from './types.ts'

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024

type ExecOptions = NonNullable<Parameters<ContainerRuntime['exec']>[2]>

/**
 * Runs a command in a running container's surroundings and collects its output.
 * A program that is not there is exit code 127 with a message on stderr, as from a shell.
 * Throws E_TOO_LARGE beyond `maxBytes` (of both streams together), and the signal's reason when it fires: then the command is killed.
 */
export async function execInContainer(
  container: Container,
  argv: readonly string[],
  options: ExecOptions,
  isolation: Isolation,
): Promise<ExecResult> {
  options.signal?.throwIfAborted()
  const output = collect(options.maxBytes ?? MAX_OUTPUT_BYTES)
  let child: Child
  try {
    child = await isolation.run(container, {
      argv,
      ...(options.env ? { env: options.env } : {}),
      stdin: options.stdin === undefined ? 'none' : Buffer.from(options.stdin),
      tty: false,
      onOutput: output.add,
    })
  } catch (error) {
    const exitCode = error instanceof ProgramMissing ? error.exitCode : 127
    return { exitCode, stdout: Buffer.alloc(0), stderr: Buffer.from(describeError(error)) }
  }
  const kill = (): void => void trySignal(-child.pid, 'SIGKILL')
  output.onFull(kill)
  options.signal?.addEventListener('abort', kill, { once: true })
  // It may have fired while the command was being started.
  if (options.signal?.aborted === true) kill()
  container.execs.add(child)
  try {
    const exitCode = await child.ended
    options.signal?.throwIfAborted()
    return { exitCode, ...output.take() }
  } finally {
    container.execs.delete(child)
    options.signal?.removeEventListener('abort', kill)
  }
}

function collect(maxBytes: number): {
  add: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  onFull: (listener: () => void) => void
  take: () => { stdout: Buffer; stderr: Buffer }
} {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let size = 0
  let full = (): void => undefined
  return {
    add(stream, chunk) {
      size += chunk.length
      if (size <= maxBytes) chunks[stream].push(chunk)
      else full()
    },
    onFull: (listener) => void (full = listener),
    take() {
      if (size > maxBytes) {
        throw new SubletError('E_TOO_LARGE', `the command printed more than ${maxBytes} bytes`)
      }
      return { stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) }
    },
  }
}
