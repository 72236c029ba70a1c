import { createDecoder, type Decoder, type Position } from './decoder.ts'
import { NO_HEAD, type Head } from './file-head.ts'
import type { FoundFile } from './find-files.ts'
import type { FileState } from './registry.ts'

/** A file that is followed. */
export interface TrackedFile {
  id: string
  readonly attempt: number
  path: string
  active: boolean
  /** What the sinks have: from here on is read again after a restart. */
  committed: Position
  head: Head
  decoder: Decoder
  /** What the decoder has seen. */
  readAt: number
  size: number
  mtimeMs: number
  /** Its beginning was compared since it last changed. */
  checked: boolean
  /** Milliseconds since 1970: when it was last seen in a folder. */
  seenAt: number
  /** It was cut to nothing, and what was not read yet may be in a copy. */
  lost: boolean
}

/** A file that is new, read from `position` on. */
export function trackFile(
  found: FoundFile,
  { position, head = NO_HEAD, now }: { position: Position; head?: Head; now: number },
): TrackedFile {
  const { id, attempt, path, active, size, mtimeMs } = found
  return {
    ...{ id, attempt, path, active, size, mtimeMs, head },
    committed: position,
    decoder: createDecoder(position),
    readAt: position.offset,
    checked: false,
    seenAt: now,
    lost: false,
  }
}

/** A file as an earlier run left it; where it is will be seen. */
export function restoreFile(state: FileState): TrackedFile {
  const { id, attempt, offset, done, head, headBytes, seenAt } = state
  const found = { id, attempt, path: '', name: '', active: false, size: 0, mtimeMs: 0 }
  const position = { offset, done }
  return trackFile(found, { position, head: { head, headBytes }, now: seenAt })
}

export const stateOf = ({ id, attempt, committed, head, seenAt }: TrackedFile): FileState => ({
  ...{ id, attempt, ...committed, ...head, seenAt },
})
