import { mkdir, rename, rm } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { SubletError, describeError } from '../../../core/errors.ts'
import type { Encoding, PayloadKind } from './payload.ts'

/** What the queue remembers of a body without its bytes. */
export interface StoredEntry {
  /** Grows by one with each body: the order in which they came. */
  readonly id: number
  readonly kind: PayloadKind
  readonly encoding: Encoding
  readonly items: number
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** Bodies in LevelDB: an entry and its body are written and deleted together or not at all. */
export interface PayloadStore extends AsyncDisposable {
  /** In the order in which they came. */
  entries(): Promise<StoredEntry[]>
  /** Resolves when it would survive a power cut. */
  put(entry: StoredEntry, body: Buffer): Promise<void>
  get(id: number): Promise<Buffer | undefined>
  delete(ids: readonly number[]): Promise<void>
  /** Gives the room of deleted bodies back to the disk. */
  compact(): Promise<void>
}

export interface OpenedStore {
  readonly store: PayloadStore
  /** What had to be done to open it; '' when it was as it should be. */
  readonly repaired: string
}

type Database = ClassicLevel<string, Buffer>

const key = (part: 'entry' | 'body', id: number): string =>
  `${part}/${String(id).padStart(16, '0')}`

/**
 * Opens (or makes) the database in this folder, which LevelDB locks for this process; the lock ends with it, however it
 * ends. Throws E_PORT_IN_USE when another agent holds it, E_NO_PERMISSION when the folder cannot be used. A damaged
 * database is repaired; what cannot be repaired is put aside as `<folder>.broken`.
 */
export async function openPayloadStore(folder: string): Promise<OpenedStore> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return { store: payloadStore(await openDatabase(folder)), repaired: '' }
  } catch (error) {
    if (!isDamaged(error)) throw refusal(error, folder)
    return repairStore(folder, error)
  }
}

async function repairStore(folder: string, fault: unknown): Promise<OpenedStore> {
  const cause = describeError(fault)
  try {
    await ClassicLevel.repair(folder)
    const store = payloadStore(await openDatabase(folder))
    return { store, repaired: `the queue on disk was damaged and has been repaired: ${cause}` }
  } catch {
    const aside = `${folder}.broken`
    await rm(aside, { recursive: true, force: true })
    await rename(folder, aside)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const store = payloadStore(await openDatabase(folder))
    return { store, repaired: `the queue on disk was damaged and lies in ${aside}: ${cause}` }
  }
}

async function openDatabase(folder: string): Promise<Database> {
  const database: Database = new ClassicLevel(folder, {
    keyEncoding: 'utf8',
    valueEncoding: 'buffer',
    // Bodies are compressed already, written once and read once.
    compression: false,
    cacheSize: 256 * 1024,
    writeBufferSize: 1024 * 1024,
    maxOpenFiles: 32,
  })
  await database.open()
  return database
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error ? ((error.cause ?? error) as { code?: string }).code : undefined

const isDamaged = (error: unknown): boolean =>
  codeOf(error) === 'LEVEL_CORRUPTION' || /corruption|no such file/i.test(describeError(error))

function refusal(error: unknown, folder: string): SubletError {
  if (codeOf(error) === 'LEVEL_LOCKED') {
    return new SubletError('E_PORT_IN_USE', `another agent has the queue in ${folder} open`, {
      cause: error,
      hint: 'Stop it, or set DD_FORWARDER_STORAGE_PATH to another folder.',
    })
  }
  const text = `the queue in ${folder} cannot be opened: ${describeError(error)}`
  return new SubletError('E_NO_PERMISSION', text, {
    cause: error,
    hint: 'Set DD_FORWARDER_STORAGE_PATH to a folder that you may write to.',
  })
}

function payloadStore(database: Database): PayloadStore {
  return {
    async entries() {
      const found: StoredEntry[] = []
      for await (const value of database.values({ gt: 'entry/', lt: 'entry0' })) {
        const entry = parseEntry(value)
        if (entry) found.push(entry)
      }
      return found
    },
    put: (entry, body) =>
      database.batch(
        [
          { type: 'put', key: key('entry', entry.id), value: Buffer.from(JSON.stringify(entry)) },
          { type: 'put', key: key('body', entry.id), value: body },
        ],
        { sync: true },
      ),
    get: (id) => database.get(key('body', id)),
    // Not synced: what comes back after a power cut is sent twice, which the intake takes for one.
    delete: (ids) =>
      database.batch(
        ids.flatMap((id) => [
          { type: 'del' as const, key: key('entry', id) },
          { type: 'del' as const, key: key('body', id) },
        ]),
      ),
    compact: () => database.compactRange('', '~'),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

const KINDS: ReadonlySet<string> = new Set<PayloadKind>(['series', 'check_run', 'logs'])
const ENCODINGS: ReadonlySet<string> = new Set<Encoding>(['deflate', 'gzip', 'identity'])

/** Files are not trusted more than sockets: what is no entry is left out. */
function parseEntry(value: Buffer): StoredEntry | undefined {
  try {
    const entry = JSON.parse(value.toString('utf8')) as Partial<StoredEntry> | null
    if (!entry || !KINDS.has(entry.kind ?? '') || !ENCODINGS.has(entry.encoding ?? '')) {
      return undefined
    }
    const numbers = [entry.id, entry.items, entry.bytes, entry.createdAt]
    const whole = numbers.every((number) => Number.isSafeInteger(number) && (number ?? -1) >= 0)
    return whole ? (entry as StoredEntry) : undefined
  } catch {
    return undefined
  }
}
