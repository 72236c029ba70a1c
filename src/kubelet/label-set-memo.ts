import { randomInt } from 'node:crypto'
import { equalText, viewOf } from './exposition-bytes.ts'

/**
 * The label sets of a node's payloads, each decided once. Families repeat their label sets in the same order, so each
 * set remembers the two that last came after it: most lines are recognised by one comparison with the foretold bytes.
 * What was not foretold is looked up by hash. The bytes of the sets, and what they become, are in `arena`.
 */
export interface LabelSetMemo {
  count: number
  /** Where the set stands in the arena, byte for byte as it came. */
  start: Int32Array
  length: Int32Array
  /** The slice, or -1 - reason for a set that is dropped. */
  verdict: Int32Array
  /** 1: a pod with the node's network. */
  flags: Uint8Array
  outStart: Int32Array
  outLength: Int32Array
  next: Int32Array
  otherNext: Int32Array
  arena: Buffer
  arenaView: DataView
  arenaUsed: number
  /** Open addressing, entry + 1; its size is a power of two. */
  buckets: Int32Array
}

export const HOST_NETWORK = 1

/** Seeds the hash, so that a tenant cannot prepare label values that collide. */
const SEED = randomInt(0x7fffffff) | 1
/** A lookup gives up after this many tries; the set is then decided again, which costs time but changes nothing. */
const MAX_PROBES = 16

const FIRST_ROOM = 1 << 10
const FIRST_ARENA_BYTES = 1 << 18

export function createLabelSetMemo(): LabelSetMemo {
  const room = FIRST_ROOM
  const arena = Buffer.allocUnsafeSlow(FIRST_ARENA_BYTES)
  return {
    count: 0,
    start: new Int32Array(room),
    length: new Int32Array(room),
    verdict: new Int32Array(room),
    flags: new Uint8Array(room),
    outStart: new Int32Array(room),
    outLength: new Int32Array(room),
    next: new Int32Array(room).fill(-1),
    otherNext: new Int32Array(room).fill(-1),
    arena,
    arenaView: viewOf(arena),
    arenaUsed: 0,
    buckets: new Int32Array(room * 4),
  }
}

/** Forgets everything, and keeps the room for as much. */
export function clearLabelSets(memo: LabelSetMemo): void {
  memo.count = 0
  memo.arenaUsed = 0
  memo.buckets.fill(0)
}

/** Four lanes, so that the multiplications overlap. */
function hashOf(view: DataView, start: number, length: number): number {
  let a = SEED ^ length
  let b = SEED
  let c = SEED
  let d = SEED
  const end = start + length
  let i = start
  for (; i + 16 <= end; i += 16) {
    a = Math.imul(a ^ view.getInt32(i, true), 0x9e3779b1)
    b = Math.imul(b ^ view.getInt32(i + 4, true), 0x85ebca6b)
    c = Math.imul(c ^ view.getInt32(i + 8, true), 0xc2b2ae35)
    d = Math.imul(d ^ view.getInt32(i + 12, true), 0x27d4eb2f)
  }
  for (; i < end; i++) a = Math.imul(a ^ view.getUint8(i), 0x01000193)
  const hash = (a ^ (a >>> 15)) + (b ^ (b >>> 13)) * 3 + (c ^ (c >>> 16)) * 5 + (d ^ (d >>> 14)) * 7
  return (hash ^ (hash >>> 17)) >>> 0
}

/** The entry of these bytes, or -1 - bucket for a set that is new and may be put there (-1 - 2^30: nowhere). */
export function findLabelSet(
  memo: LabelSetMemo,
  view: DataView,
  start: number,
  length: number,
): number {
  const mask = memo.buckets.length - 1
  let bucket = hashOf(view, start, length) & mask
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const entry = (memo.buckets[bucket] as number) - 1
    if (entry < 0) return -1 - bucket
    if (
      memo.length[entry] === length &&
      equalText(view, start, memo.arenaView, memo.start[entry] as number, length)
    )
      return entry
    bucket = (bucket + 1) & mask
  }
  return -1 - (1 << 30)
}

/** Adds the set that stands between `start` and `end` of `source`; `vacancy` is what `findLabelSet` answered. */
export function addLabelSet(
  memo: LabelSetMemo,
  source: Buffer,
  vacancy: number,
  start: number,
  end: number,
): number {
  if (memo.count === memo.start.length) growEntries(memo)
  growArena(memo, end - start)
  const entry = memo.count++
  memo.start[entry] = memo.arenaUsed
  memo.length[entry] = end - start
  // Not checked for UTF-8 yet: copied by the engine, bit by bit.
  memo.arenaUsed += source.copy(memo.arena, memo.arenaUsed, start, end)
  memo.next[entry] = -1
  memo.otherNext[entry] = -1
  const bucket = -1 - vacancy
  if (bucket < 1 << 30) memo.buckets[bucket] = entry + 1
  if (memo.count * 2 > memo.buckets.length) rehash(memo)
  return entry
}

function growEntries(memo: LabelSetMemo): void {
  const grown = (old: Int32Array): Int32Array => {
    const bigger = new Int32Array(old.length * 2)
    bigger.set(old)
    return bigger
  }
  memo.start = grown(memo.start)
  memo.length = grown(memo.length)
  memo.verdict = grown(memo.verdict)
  memo.outStart = grown(memo.outStart)
  memo.outLength = grown(memo.outLength)
  memo.next = grown(memo.next)
  memo.otherNext = grown(memo.otherNext)
  const flags = new Uint8Array(memo.flags.length * 2)
  flags.set(memo.flags)
  memo.flags = flags
}

function rehash(memo: LabelSetMemo): void {
  const buckets = new Int32Array(memo.buckets.length * 4)
  const mask = buckets.length - 1
  for (let entry = 0; entry < memo.count; entry++) {
    let bucket =
      hashOf(memo.arenaView, memo.start[entry] as number, memo.length[entry] as number) & mask
    for (let probe = 0; probe < MAX_PROBES && buckets[bucket] !== 0; probe++) {
      bucket = (bucket + 1) & mask
    }
    if (buckets[bucket] === 0) buckets[bucket] = entry + 1
  }
  memo.buckets = buckets
}

/** Room for `bytes` more in the arena. */
export function growArena(memo: LabelSetMemo, bytes: number): void {
  if (memo.arenaUsed + bytes <= memo.arena.length) return
  const arena = Buffer.allocUnsafeSlow(Math.max(memo.arena.length * 2, memo.arenaUsed + bytes))
  memo.arena.copy(arena, 0, 0, memo.arenaUsed)
  memo.arena = arena
  memo.arenaView = viewOf(arena)
}

/** The entry foretold after `previous` whose bytes stand at `at`; -1: none. */
export function foretold(memo: LabelSetMemo, view: DataView, previous: number, at: number): number {
  const next = memo.next[previous] as number
  if (next < 0) return -1
  if (isAt(memo, next, view, at)) return next
  const other = memo.otherNext[previous] as number
  if (other < 0 || !isAt(memo, other, view, at)) return -1
  memo.next[previous] = other
  memo.otherNext[previous] = next
  return other
}

function isAt(memo: LabelSetMemo, entry: number, view: DataView, at: number): boolean {
  const { start, length, arenaView } = memo
  return equalText(view, at, arenaView, start[entry] as number, length[entry] as number)
}

export function foretell(memo: LabelSetMemo, previous: number, entry: number): void {
  const next = memo.next[previous] as number
  if (next === entry) return
  memo.otherNext[previous] = next
  memo.next[previous] = entry
}
