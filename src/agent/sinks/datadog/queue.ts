import { statfs } from 'node:fs/promises'
import { describeError } from '../../../core/errors.ts'
import { MEMORY_MAX_BYTES, STORAGE_MAX_AGE_MS, STORAGE_MAX_DISK_RATIO } from '../limits.ts'
import type { Payload, PayloadKind } from './payload.ts'
import { costOf, createPayloadIndex, type PayloadIndex, type Place } from './payload-index.ts'
import type { PayloadStore, StoredEntry } from './payload-store.ts'

/** Bodies that wait for the intake: the newest is sent first, the oldest goes when room is needed. */
export interface PayloadQueue extends AsyncDisposable {
  /** Resolves when the body is on the disk, or, when the disk does not take it, in memory. */
  put(payload: Payload): Promise<void>
  /** The newest body of these kinds; it stays in the queue, out of others' reach, until `remove` or `release`. */
  take(fits: (kind: PayloadKind) => boolean): StoredEntry | undefined
  /** undefined when the disk cannot give it back any more. */
  read(entry: StoredEntry): Promise<Buffer | undefined>
  /** It was sent, refused or cannot be read. */
  remove(entry: StoredEntry): Promise<void>
  /** Not now: it may be taken again. */
  release(entry: StoredEntry): void
  readonly size: number
  readonly items: number
  readonly bytes: number
}

export interface QueueOptions {
  /** undefined: in memory only. */
  readonly store: PayloadStore | undefined
  /** Where the store is, to look at the disk's use; undefined: not looked at. */
  readonly folder: string | undefined
  /** Bytes of bodies on disk. */
  readonly maxBytes: number
  readonly maxMemoryBytes?: number
  readonly now: () => number
  /** Items that had to go, and why. */
  readonly dropped: (items: number, why: string) => void
  /** Something about the disk that people should know. */
  readonly trouble: (text: string) => void
  /** The share of the folder's disk that is in use, 0 to 1. */
  readonly diskUse?: (folder: string) => Promise<number>
}

/** Reads what an earlier agent left; bodies older than ten days are dropped, counted. */
export async function openQueue(options: QueueOptions): Promise<PayloadQueue> {
  const { store, maxBytes, now, trouble } = options
  const index = createPayloadIndex()
  let lastId = await readStore(index, options)
  let deletedBytes = 0

  const makeRoom = async (place: Place, cost: number, limit: number): Promise<void> => {
    const gone = index.evict(place, cost, limit).map(({ entry }) => entry)
    const items = gone.reduce((sum, entry) => sum + entry.items, 0)
    options.dropped(items, `the queue (${place}, ${limit} bytes) is full: the oldest are dropped`)
    if (place === 'disk') await erase(options, gone)
  }
  const putOnDisk = async (entry: StoredEntry, body: Buffer): Promise<boolean> => {
    if (store === undefined || costOf(entry) > maxBytes) return false
    try {
      if (await isDiskFull(options)) return false
      await makeRoom('disk', costOf(entry), maxBytes)
      await store.put(entry, body)
      index.add({ entry, body: undefined })
      return true
    } catch (error) {
      trouble(`the queue on disk takes nothing, memory is used: ${describeError(error)}`)
      return false
    }
  }
  await makeRoom('disk', 0, maxBytes)
  return {
    async put({ kind, encoding, items, body }) {
      lastId += 1
      const entry = { id: lastId, kind, encoding, items, bytes: body.length, createdAt: now() }
      if (await putOnDisk(entry, body)) return
      await makeRoom('memory', costOf(entry), options.maxMemoryBytes ?? MEMORY_MAX_BYTES)
      index.add({ entry, body })
    },
    take: (fits) => index.takeNewest(fits),
    read: async ({ id }) => index.get(id)?.body ?? readBody(id, options),
    async remove(entry) {
      const onDisk = index.get(entry.id)?.body === undefined
      if (!index.remove(entry.id) || !onDisk) return
      await erase(options, [entry])
      deletedBytes += entry.bytes
      if (index.size > 0 || deletedBytes < maxBytes / 8) return
      deletedBytes = 0
      await compact(store)
    },
    release: ({ id }) => index.release(id),
    get size() {
      return index.size
    },
    get items() {
      return index.items
    },
    get bytes() {
      return index.used.disk + index.used.memory
    },
    async [Symbol.asyncDispose]() {
      await store?.[Symbol.asyncDispose]()
    },
  }
}

async function erase(
  { store, trouble }: QueueOptions,
  entries: readonly StoredEntry[],
): Promise<void> {
  if (store === undefined || entries.length === 0) return
  await store
    .delete(entries.map(({ id }) => id))
    .catch((error: unknown) =>
      trouble(`bodies cannot be deleted from the queue: ${describeError(error)}`),
    )
}

async function readBody(id: number, { store, trouble }: QueueOptions): Promise<Buffer | undefined> {
  try {
    return await store?.get(id)
  } catch (error) {
    trouble(`a body of the queue cannot be read: ${describeError(error)}`)
    return undefined
  }
}

/** LevelDB keeps deleted bodies until it merges files: when all is sent, and it was much, it is asked to. */
async function compact(store: PayloadStore | undefined): Promise<void> {
  // Only room is lost when it fails.
  await store?.compact().catch(() => undefined)
}

/** Gives the last id that was used. */
async function readStore(
  index: PayloadIndex,
  { store, now, dropped }: QueueOptions,
): Promise<number> {
  const oldest = now() - STORAGE_MAX_AGE_MS
  const outdated: number[] = []
  let lastId = 0
  for (const entry of (await store?.entries()) ?? []) {
    lastId = Math.max(lastId, entry.id)
    if (entry.createdAt >= oldest) index.add({ entry, body: undefined })
    else {
      outdated.push(entry.id)
      dropped(entry.items, 'bodies older than ten days are dropped')
    }
  }
  if (outdated.length > 0) await store?.delete(outdated)
  return lastId
}

async function isDiskFull(options: QueueOptions): Promise<boolean> {
  const { folder, diskUse = shareInUse, trouble } = options
  if (folder === undefined || (await diskUse(folder)) <= STORAGE_MAX_DISK_RATIO) return false
  trouble(`the disk of ${folder} is over ${STORAGE_MAX_DISK_RATIO * 100} % full, memory is used`)
  return true
}

async function shareInUse(folder: string): Promise<number> {
  const { blocks, bavail } = await statfs(folder)
  return blocks === 0 ? 0 : 1 - bavail / blocks
}
