import { hasHead, readHead } from './file-head.ts'
import type { FoundFile } from './find-files.ts'
import type { OpenFiles } from './open-files.ts'
import { trackFile, type TrackedFile } from './tracked-file.ts'

export interface ReconcileOptions {
  readonly files: OpenFiles
  readonly now: number
  /** Parts that were rotated away before anybody looked count as read. */
  readonly skipOld: boolean
}

const BEGINNING = { offset: 0, done: [] }
/** A file that is in no folder for this time, in milliseconds, is not just being renamed. */
const GONE_MS = 10_000

/**
 * What is followed, after a look into the folders. A file is known by its inode and its beginning: one that was renamed goes on,
 * one that was cut to nothing begins again and its copy, if there is one, goes on where reading stood.
 */
export async function reconcile(
  tracked: readonly TrackedFile[],
  found: readonly FoundFile[],
  options: ReconcileOptions,
): Promise<TrackedFile[]> {
  const { now, files } = options
  const known = tracked.filter(({ lost }) => !lost)
  const lost = tracked.filter((file) => file.lost)
  const next: TrackedFile[] = []
  const unknown: FoundFile[] = []
  for (const one of found) {
    const file = known.find(({ id }) => id === one.id)
    if (file === undefined) unknown.push(one)
    else if (await isSame(file, one, files)) next.push(update(file, one, now))
    else {
      lost.push({ ...file, lost: true })
      next.push(trackFile(one, { position: BEGINNING, now }))
    }
  }
  for (const one of unknown) {
    const file = await meet(one, next, lost, options)
    if (file) next.push(file)
  }
  const order = new Map(found.map(({ id }, index) => [id, index]))
  next.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
  const missing = known.filter(({ id }) => !order.has(id))
  return [
    ...(await keepMissing(missing, options)),
    ...next,
    ...lost.filter(({ lost: still, seenAt }) => still && now - seenAt < 6 * GONE_MS),
  ]
}

/** Neither cut nor another file with an old number. */
async function isSame(file: TrackedFile, found: FoundFile, files: OpenFiles): Promise<boolean> {
  if (found.size < file.readAt) return false
  const isChanged = found.size !== file.size || found.mtimeMs !== file.mtimeMs
  if (file.checked && !isChanged) return true
  const handle = await files.get(found.id, found.path)
  return handle === undefined || (await hasHead(handle, file.head))
}

function update(file: TrackedFile, found: FoundFile, now: number): TrackedFile {
  const { path, active, size, mtimeMs } = found
  return Object.assign(file, { path, active, size, mtimeMs, seenAt: now, checked: true })
}

/** A file nobody knows: undefined when it is the copy of one that is there, unharmed. */
async function meet(
  found: FoundFile,
  known: readonly TrackedFile[],
  lost: TrackedFile[],
  { files, now, skipOld }: ReconcileOptions,
): Promise<TrackedFile | undefined> {
  if (found.active) return trackFile(found, { position: BEGINNING, now })
  const handle = await files.get(found.id, found.path)
  if (handle === undefined) return undefined
  const isCopyOf = async (file: TrackedFile): Promise<boolean> =>
    file.attempt === found.attempt && file.head.headBytes > 0 && (await hasHead(handle, file.head))
  for (const original of lost) {
    if (!original.lost || !(await isCopyOf(original))) continue
    original.lost = false
    return trackFile(found, { position: original.committed, head: original.head, now })
  }
  for (const original of known) {
    if (await isCopyOf(original)) {
      await files.close(found.id)
      return undefined
    }
  }
  if (!skipOld) return trackFile(found, { position: BEGINNING, now })
  const position = { offset: found.size, done: [] }
  return trackFile(found, { position, head: await readHead(handle), now })
}

/** What is in no folder any more is read to its end while it is open, and then let go. */
async function keepMissing(
  missing: readonly TrackedFile[],
  { files, now }: ReconcileOptions,
): Promise<TrackedFile[]> {
  const kept: TrackedFile[] = []
  for (const file of missing) {
    const held = files.held(file.id)
    if (held) file.size = (await held.stat()).size
    const isRead = held === undefined || file.size <= file.readAt
    if (isRead && now - file.seenAt >= GONE_MS) await files.close(file.id)
    else kept.push(Object.assign(file, { active: false }))
  }
  return kept
}
