import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { SubletError, sleep } from '../../../core/index.ts'
import { createUnframer } from '../docker/multiplex.ts'
import { trySignal } from '../kill.ts'
import type { ProcessStreams, StreamOptions } from '../types.ts'
import { isRefusal, type EngineClient } from './client.ts'

/** What a command is run with. */
export interface EngineCommand {
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

interface ExecState {
  readonly Running: boolean
  readonly ExitCode: number | null
  readonly Pid: number
}

const LOOK_MS = 10
const LOOKS = 200

/** Starts a command in a running container with its streams open. Throws E_RUNTIME when the container does not run. */
export async function streamInEngine(
  client: EngineClient,
  containerId: string,
  { argv, env = {} }: EngineCommand,
  { stdin, tty, onOutput }: StreamOptions,
): Promise<ProcessStreams> {
  const id = await createExec(client, containerId, {
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Cmd: argv,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
  })
  const socket = await client.hijack(`/exec/${id}/start`, { Detach: false, Tty: tty })
  const closed = readStreams(socket, tty, onOutput)
  if (!stdin) socket.end()
  const look = async (): Promise<ExecState> => (await client.ask(`/exec/${id}/json`)) as ExecState
  let left = false
  return {
    stdin: stdin ? socket : undefined,
    holdBack(isHeldBack) {
      if (isHeldBack) socket.pause()
      else socket.resume()
    },
    resize(columns, rows) {
      if (!tty) return
      const path = `/exec/${id}/resize?h=${rows}&w=${columns}`
      client.ask(path, { method: 'POST' }).catch(() => undefined)
    },
    ended: closed.then(() => exitCodeOf(look, () => left)),
    leave() {
      left = true
      // The engine ends no command: on this machine its process is ended.
      void look()
        .then(({ Running, Pid }) => {
          if (Running && isIn(Pid, containerId)) trySignal(Pid, 'SIGKILL')
        })
        .catch(() => undefined)
        .finally(() => socket.destroy())
    },
  }
}

async function createExec(client: EngineClient, container: string, body: object): Promise<string> {
  try {
    const path = `/containers/${container}/exec`
    const { Id } = (await client.ask(path, { method: 'POST', body })) as { Id: string }
    return Id
  } catch (error) {
    if (isRefusal(error, 404, 409)) {
      throw new SubletError('E_RUNTIME', `container ${container} is not running`, { cause: error })
    }
    throw error
  }
}

/** Passes on what comes, taken apart unless it is a terminal's. Resolves when it is over. Never rejects. */
export function readStreams(
  socket: Socket,
  tty: boolean,
  onOutput: StreamOptions['onOutput'],
): Promise<void> {
  const add = tty ? (chunk: Buffer): void => onOutput('stdout', chunk) : createUnframer(onOutput)
  socket.on('data', add)
  return new Promise((resolve) => {
    socket.once('end', resolve)
    socket.once('close', () => resolve())
  })
}

/** The streams end a moment before the engine knows how. */
async function exitCodeOf(look: () => Promise<ExecState>, isLeft: () => boolean): Promise<number> {
  for (let looked = 0; looked < LOOKS; looked++) {
    const state = await look().catch(() => undefined)
    if (state === undefined) return 137
    if (!state.Running && state.ExitCode !== null) return state.ExitCode
    if (isLeft() && looked > 20) return 137
    await sleep(LOOK_MS)
  }
  return 137
}

/** Whether a process of this machine runs in that container: pids are used again, and the engine may be elsewhere. */
function isIn(pid: number, containerId: string): boolean {
  try {
    return pid > 1 && readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(containerId)
  } catch {
    return false
  }
}
