import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MAX_REGISTRY_BYTES, REGISTRY_FORGET_MS } from './limits.ts'

/** How far a file's messages are with the sinks. */
export interface FileState {
  /** `device:inode`; a number that a later file may have again, hence `head`. */
  readonly id: string
  readonly attempt: number
  readonly offset: number
  readonly done: readonly number[]
  /** Hash of the file's first `headBytes` bytes. */
  readonly head: string
  readonly headBytes: number
  readonly seenAt: number
}

/** By the target's key (`<uid>/<container>`). */
export type Registry = ReadonlyMap<string, readonly FileState[]>

const FILE = 'logs-registry.json'
const VERSION = 1

/**
 * Reads the offsets of an earlier run, without those not seen for 23 hours. `fault` gets why nothing could be read: what is
 * there is then collected from its beginning.
 */
export async function readRegistry(
  folder: string,
  now: number,
  fault: (text: string) => void,
): Promise<Registry> {
  const path = join(folder, FILE)
  try {
    const { size } = await stat(path)
    if (size > MAX_REGISTRY_BYTES) throw new Error(`it has ${size} bytes`)
    const { version, containers } = JSON.parse(await readFile(path, 'utf8')) as {
      version?: unknown
      containers?: unknown
    }
    if (version !== VERSION || typeof containers !== 'object' || containers === null) {
      throw new Error(`it is not of version ${VERSION}`)
    }
    const fresh = ({ seenAt }: FileState): boolean => now - seenAt < REGISTRY_FORGET_MS
    return new Map(
      Object.entries(containers).flatMap(([key, states]): [string, FileState[]][] => {
        const kept = Array.isArray(states) ? states.filter(isState).filter(fresh) : []
        return kept.length === 0 ? [] : [[key, kept]]
      }),
    )
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') {
      fault(`the offsets in ${path} cannot be read: ${(error as Error).message}`)
    }
    return new Map()
  }
}

/** Replaces the file at once: after a power cut it is the old one or the new one. */
export async function writeRegistry(folder: string, registry: Registry): Promise<void> {
  const path = join(folder, FILE)
  const fresh = `${path}.new`
  await mkdir(dirname(path), { recursive: true })
  const file = await open(fresh, 'w', 0o600)
  try {
    const document = { version: VERSION, containers: Object.fromEntries(registry) }
    await file.writeFile(JSON.stringify(document))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path).catch(async (error: unknown) => {
    await rm(fresh, { force: true })
    throw error
  })
}

function isState(value: unknown): value is FileState {
  const state = value as Partial<Record<keyof FileState, unknown>> | null
  const whole = (one: unknown): boolean => Number.isSafeInteger(one) && (one as number) >= 0
  return (
    typeof state?.id === 'string' &&
    typeof state.head === 'string' &&
    whole(state.attempt) &&
    whole(state.offset) &&
    whole(state.headBytes) &&
    typeof state.seenAt === 'number' &&
    Array.isArray(state.done) &&
    state.done.every(whole)
  )
}
