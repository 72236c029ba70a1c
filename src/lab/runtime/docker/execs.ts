import { randomBytes } from 'node:crypto'
import type { ContainerInfo, ContainerRuntime, ProcessStreams, StreamOptions } from '../types.ts'
import { BadRequest, Refusal, sendJson } from './answers.ts'
import type { EventLog } from './event-log.ts'
import { needRunning } from './find-container.ts'
import { joinStreams, streamType, type Call } from './hijack.ts'

/** Ended commands that are still told of; Docker forgets them after five minutes. */
const MAX_KNOWN = 256

interface Exec {
  readonly id: string
  readonly container: ContainerInfo
  readonly argv: readonly string[]
  readonly tty: boolean
  readonly attach: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean }
  readonly env: readonly string[]
  readonly workingDir: string
  state: 'created' | 'running' | 'ended'
  exitCode: number | null
  streams?: ProcessStreams
}

/** Commands in containers: `docker exec`. */
export interface Execs {
  /** `POST /containers/{id}/exec` */
  create(container: ContainerInfo, call: Call): Promise<void>
  /** `POST /exec/{id}/start` */
  start(id: string, call: Call, minor: number): Promise<void>
  /** `GET /exec/{id}/json` */
  inspect(id: string, call: Call): void
  /** `POST /exec/{id}/resize` */
  resize(id: string, query: URLSearchParams, call: Call): void
  /** Ids of the commands that run in a container; null, as Docker has it, for none. */
  runningIn(containerId: string): readonly string[] | null
}

interface Context {
  readonly runtime: ContainerRuntime
  readonly events: EventLog
  readonly execs: Map<string, Exec>
}

export function createExecs(runtime: ContainerRuntime, events: EventLog): Execs {
  const execs = new Map<string, Exec>()
  const context: Context = { runtime, events, execs }
  const find = (id: string): Exec => {
    const exec = execs.get(id)
    if (!exec) throw new Refusal(404, `No such exec instance: ${id}`)
    return exec
  }
  return {
    create: (container, call) => createExec(context, container, call),
    start: async (id, call, minor) => {
      await startExec(context, find(id), call, minor)
    },
    inspect: (id, call) => sendJson(call.response, inspection(find(id))),
    resize(id, query, call) {
      const exec = find(id)
      if (exec.state !== 'running') throw new Refusal(409, `exec ${id} is not running`)
      const [rows, columns] = [Number(query.get('h')), Number(query.get('w'))]
      if (!(rows >= 0 && columns >= 0)) throw new BadRequest('h and w are numbers')
      exec.streams?.resize(columns, rows)
      call.response.writeHead(200).end()
    },
    runningIn(containerId) {
      const found = [...execs.values()].filter(
        ({ state, container }) => state === 'running' && container.id === containerId,
      )
      return found.length === 0 ? null : found.map(({ id }) => id)
    },
  }
}

function tell(
  { events }: Context,
  { id, container, argv }: Exec,
  what: 'exec_create' | 'exec_start',
): void {
  const command = `${argv[0] ?? ''} ${argv.slice(1).join(' ')}`
  events.add(`${what}: ${command}`, container, { execID: id })
}

async function createExec(context: Context, container: ContainerInfo, call: Call): Promise<void> {
  const { execs } = context
  const wish = readWish(await readJson(call))
  needRunning(container)
  const id = randomBytes(32).toString('hex')
  const exec: Exec = { id, container, ...wish, state: 'created', exitCode: null }
  execs.set(id, exec)
  const oldest = [...execs.values()].find(({ state }) => state !== 'running')
  if (execs.size > MAX_KNOWN && oldest) execs.delete(oldest.id)
  tell(context, exec, 'exec_create')
  sendJson(call.response, { Id: id }, 201)
}

async function startExec(context: Context, exec: Exec, call: Call, minor: number): Promise<void> {
  const { Detach } = await readJson(call)
  if (exec.state !== 'created') {
    throw new Refusal(409, `Error: Exec command ${exec.id} has already run`)
  }
  needRunning(context.runtime.get(exec.container.id) ?? exec.container)
  if (Detach === true) {
    await runExec(context, exec, () => undefined, false)
    call.response.writeHead(200).end()
    return
  }
  const { tty, attach } = exec
  const onlyWanted =
    (onOutput: StreamOptions['onOutput']): StreamOptions['onOutput'] =>
    (stream, chunk) => {
      if (attach[stream]) onOutput(stream, chunk)
    }
  const streams = call.takeOver(streamType(!tty, minor))
  // What went wrong has been written to the stream.
  await joinStreams(streams, { framed: !tty }, (onOutput) =>
    runExec(context, exec, onlyWanted(onOutput), attach.stdin),
  ).catch(() => undefined)
}

async function runExec(
  context: Context,
  exec: Exec,
  onOutput: StreamOptions['onOutput'],
  stdin: boolean,
): Promise<ProcessStreams> {
  const { runtime, events } = context
  const { id, container, tty } = exec
  exec.state = 'running'
  tell(context, exec, 'exec_start')
  try {
    exec.streams = await runtime.stream(container.id, surrounded(exec), { stdin, tty, onOutput })
    void exec.streams.ended.then((exitCode) => {
      Object.assign(exec, { state: 'ended', exitCode })
      events.add('exec_die', container, { execID: id, exitCode: String(exitCode) })
    })
    return exec.streams
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const isMissing = /not found in \$PATH|no such file/.test(why)
    Object.assign(exec, { state: 'ended', exitCode: isMissing ? 127 : 126 })
    const words = `OCI runtime exec failed: exec failed: unable to start container process: ${why}: unknown`
    throw new Refusal(400, words)
  }
}

async function readJson(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const text = (await call.body()).toString('utf8')
  if (text.trim() === '') return {}
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // Said below.
  }
  throw new BadRequest('invalid JSON')
}

const isText = (value: unknown): value is string => typeof value === 'string'
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter(isText) : isText(value) ? [value] : []

/** Throws for what the lab cannot do rather than doing something else. */
function readWish(
  wish: Readonly<Record<string, unknown>>,
): Pick<Exec, 'argv' | 'tty' | 'attach' | 'env' | 'workingDir'> {
  const argv = texts(wish['Cmd'])
  if (argv.length === 0) throw new BadRequest('No exec command specified')
  if ((wish['User'] ?? '') !== '') {
    const why = `the lab's containers run commands as their own user, not as ${JSON.stringify(wish['User'])}`
    throw new Refusal(501, `${why}: leave out --user, or set securityContext.runAsUser in the pod`)
  }
  if (wish['Privileged'] === true) {
    const why = "the lab's containers get no more power than their pods give them"
    throw new Refusal(501, `${why}: leave out --privileged, or set securityContext.privileged`)
  }
  return {
    argv,
    tty: wish['Tty'] === true,
    attach: {
      stdin: wish['AttachStdin'] === true,
      stdout: wish['AttachStdout'] === true,
      stderr: wish['AttachStderr'] === true,
    },
    env: texts(wish['Env']),
    workingDir: isText(wish['WorkingDir']) ? wish['WorkingDir'] : '',
  }
}

const IN_FOLDER = 'cd -- "$1" || exit 126; shift; exec "$@"'

/** The command in its own folder and with its own variables. */
function surrounded({ argv, env, workingDir }: Exec): readonly string[] {
  const withEnv = env.length === 0 ? argv : ['env', ...env, ...argv]
  return workingDir === '' ? withEnv : ['sh', '-c', IN_FOLDER, 'sh', workingDir, ...withEnv]
}

function inspection({ id, container, argv, tty, attach, state, exitCode }: Exec): object {
  const [entrypoint = '', ...args] = argv
  return {
    ID: id,
    Running: state === 'running',
    ExitCode: exitCode,
    ProcessConfig: { tty, entrypoint, arguments: args, privileged: false },
    OpenStdin: attach.stdin,
    OpenStderr: attach.stderr,
    OpenStdout: attach.stdout,
    CanRemove: false,
    ContainerID: container.id,
    DetachKeys: '',
    Pid: 0,
  }
}
