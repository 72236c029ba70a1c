import { createHash } from 'node:crypto'
import {
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  rmdirSync,
  writeFileSync,
  existsSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { SubletError, systemCode } from '../core/index.ts'
import { MAX_NODES, nodeSuffix } from './nodes.ts'
import { readProcess } from './runtime/index.ts'

/** Where a node of a lab keeps what is its own. */
export interface NodeDirs {
  /** The "machine" that hostPath volumes are resolved in. */
  readonly nodeRoot: string
  readonly dockerSocket: string
  readonly runtimeRoot: string
  readonly kubeletRoot: string
}

/** Where a lab keeps everything it has: one folder, removed whole by `lab down`. Its own NodeDirs are the first node's. */
export interface StateDir extends NodeDirs {
  readonly root: string
  /** Who holds the lab: pid and start time of its process. */
  readonly ownerFile: string
  /** What a running lab tells about itself (see LabFacts). */
  readonly factsFile: string
  readonly logFile: string
  readonly controlSocket: string
  readonly kubeconfig: string
  /** Of every node that a lab may have, whether it has it or not; the first one first. */
  readonly nodes: readonly NodeDirs[]
}

/** Written by a lab when it is ready; read by the commands. Holds no secret. */
export interface LabFacts {
  readonly version: 1
  readonly pid: number
  readonly startedAt: string
  readonly runtime: string
  /** Why it is this one. */
  readonly runtimeWhy: string
  readonly accounting: string
  readonly nodeName: string
  readonly nodeAddress: string
  readonly hostApi: string
  readonly kubelet: string
  readonly dockerHost: string
  /** All nodes. The first one is also in `nodeName`, `nodeAddress`, `kubelet` and `dockerHost`. */
  readonly nodes: readonly NodeFacts[]
  readonly kubeconfig: string
  readonly vclusters: readonly {
    readonly name: string
    readonly hostNamespace: string
    readonly api: string
    readonly context: string
    /** When it was created; absent: with the lab. */
    readonly startedAt?: string
  }[]
}

/** A node of a running lab. */
export interface NodeFacts {
  readonly name: string
  readonly address: string
  readonly kubelet: string
  /** `unix://…`: the Docker Engine API of this node alone. */
  readonly dockerHost: string
}

function nodeDirs(root: string, index: number): NodeDirs {
  const suffix = nodeSuffix(index)
  const nodeRoot = join(root, `node${suffix}`)
  return {
    nodeRoot,
    dockerSocket: join(nodeRoot, 'var', 'run', 'docker.sock'),
    runtimeRoot: join(root, `runtime${suffix}`),
    kubeletRoot: join(root, `kubelet${suffix}`),
  }
}

/** The state folder: `--state-dir`, else `$SUBLET_STATE_DIR`, else `~/.sublet`. */
export function stateDir(wished?: string, env: NodeJS.ProcessEnv = process.env): StateDir {
  const root = resolve(wished ?? env['SUBLET_STATE_DIR'] ?? join(homedir(), '.sublet'))
  const first = nodeDirs(root, 0)
  // Linux keeps a socket's path in 108 bytes; those of the other nodes are four longer.
  if (Buffer.byteLength(first.dockerSocket) > 100) {
    throw new SubletError(
      'E_USAGE',
      `the state folder's path is too long for a unix socket: ${root}`,
      {
        hint: 'Choose a shorter one with --state-dir.',
      },
    )
  }
  return {
    root,
    ownerFile: join(root, 'owner.json'),
    factsFile: join(root, 'lab.json'),
    logFile: join(root, 'lab.log'),
    controlSocket: join(root, 'control.sock'),
    kubeconfig: join(root, 'kubeconfig'),
    nodes: Array.from({ length: MAX_NODES }, (_, index) => nodeDirs(root, index)),
    ...first,
  }
}

/** A short name for this lab that is the same for the same folder: names its cgroup. */
export function labIdOf(dir: StateDir): string {
  return createHash('sha256').update(dir.root).digest('hex').slice(0, 8)
}

/** The lab process that a folder belongs to. */
export interface LabOwner {
  readonly pid: number
  /** Field 22 of /proc/pid/stat: tells a process from a later one with the same number. */
  readonly startTime: string
}

/** Start time of a process in clock ticks since boot, or undefined when there is no such process. */
export function processStartTime(pid: number): string | undefined {
  const found = readProcess(pid)
  return found?.state === 'Z' ? undefined : found?.startTime
}

/** Who holds the folder, and whether that process still lives. */
export function readOwner(dir: StateDir): (LabOwner & { readonly alive: boolean }) | undefined {
  try {
    const owner = JSON.parse(readFileSync(dir.ownerFile, 'utf8')) as LabOwner
    return { ...owner, alive: processStartTime(owner.pid) === owner.startTime }
  } catch {
    return undefined
  }
}

/**
 * Makes a folder that only its user may read, with its parents. Level by level: Node's own recursive mkdir never ends
 * below a file system that denies its folders (`/proc/x`, Node 20).
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

/**
 * Makes the folder this process's own. Throws E_LAB_RUNNING when another lab lives there, E_LAB_STALE when a dead one
 * left it behind (clean it first), E_NO_PERMISSION when it cannot be written.
 */
export function claimStateDir(dir: StateDir): void {
  try {
    makeFolder(dir.root)
    const file = openSync(dir.ownerFile, 'wx', 0o600)
    const owner: LabOwner = { pid: process.pid, startTime: processStartTime(process.pid) ?? '' }
    writeFileSync(file, JSON.stringify(owner))
    closeSync(file)
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && existsSync(dir.ownerFile)) {
      const owner = readOwner(dir)
      if (owner?.alive === true) {
        throw new SubletError(
          'E_LAB_RUNNING',
          `a lab is already running in ${dir.root} (process ${owner.pid})`,
        )
      }
      throw new SubletError('E_LAB_STALE', `an earlier lab left its state in ${dir.root}`)
    }
    throw new SubletError('E_NO_PERMISSION', `cannot write to the state folder ${dir.root}`, {
      cause: error,
    })
  }
}

/** What the running lab tells about itself. Throws E_LAB_NOT_RUNNING or E_LAB_STALE. */
export function readFacts(dir: StateDir): LabFacts {
  const owner = readOwner(dir)
  if (owner === undefined)
    throw new SubletError('E_LAB_NOT_RUNNING', `no lab is running in ${dir.root}`)
  if (!owner.alive)
    throw new SubletError('E_LAB_STALE', `the lab of ${dir.root} (process ${owner.pid}) has died`)
  try {
    return JSON.parse(readFileSync(dir.factsFile, 'utf8')) as LabFacts
  } catch {
    throw new SubletError('E_LAB_NOT_RUNNING', `the lab in ${dir.root} is still starting`, {
      hint: 'Wait for its `sublet lab up` to finish.',
    })
  }
}

/**
 * Removes what a lab made in its folder, and the folder when nothing else is in it: somebody may have named a folder
 * that holds other things. With `keepLogs` the logs stay, for people to read why a start failed.
 */
export function removeStateDir(dir: StateDir, options: { keepLogs?: boolean } = {}): void {
  const keepLogs = options.keepLogs === true
  const own = [
    dir.factsFile,
    dir.controlSocket,
    dir.kubeconfig,
    // Held for a moment by whoever changes the file.
    `${dir.kubeconfig}.lock`,
    `${dir.factsFile}.lock`,
    ...dir.nodes.flatMap(({ runtimeRoot, kubeletRoot, nodeRoot }) => [
      runtimeRoot,
      kubeletRoot,
      // The containers' output is in the node's var/log.
      keepLogs ? join(nodeRoot, 'var', 'run') : nodeRoot,
    ]),
    ...(keepLogs ? [] : [dir.logFile]),
    dir.ownerFile,
  ]
  // A process that is just ending may still write: try again for a moment.
  const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }
  for (const path of own) rmSync(path, removal)
  try {
    rmdirSync(dir.root)
  } catch {
    // Not empty, or gone already.
  }
}

/** Changes what the running lab tells about itself. Whoever calls it must hold the file's lock. */
export function rewriteFacts(dir: StateDir, change: (old: LabFacts) => LabFacts): void {
  const fresh = `${dir.factsFile}.${process.pid}.new`
  writeFileSync(fresh, JSON.stringify(change(readFacts(dir)), null, 2), { mode: 0o600 })
  renameSync(fresh, dir.factsFile)
}
