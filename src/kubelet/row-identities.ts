import { equalText } from './exposition-bytes.ts'
import type { LabelSpans } from './exposition-tokenizer.ts'
import type { MetricsRules } from './metrics-rules.ts'

/**
 * Whom a row is about: the values of the labels that have a role, and what they become. A container's rows differ in
 * their other labels only, so this is found out once per container and then recognised by its bytes.
 */
export interface RowIdentity {
  /** By label: offset and length of its value in the memo's arena; absent: -1 and 0. */
  readonly starts: readonly number[]
  readonly lengths: readonly number[]
  /** The slice, or why there is none. */
  readonly verdict: number
  readonly flags: number
  /** By label: offset and length in the arena of what its value becomes; -1: it stays. */
  readonly outStarts: readonly number[]
  readonly outLengths: readonly number[]
}

export interface RowIdentities {
  readonly buckets: (RowIdentity | undefined)[]
  /** How many labels have a role. */
  readonly labelCount: number
  readonly hashBy: readonly number[]
}

const BUCKETS = 1 << 14
const MAX_PROBES = 8

export function createRowIdentities({ roles, hashBy }: MetricsRules): RowIdentities {
  const buckets = new Array<RowIdentity | undefined>(BUCKETS)
  return { buckets, labelCount: roles.length, hashBy }
}

export function clearIdentities({ buckets }: RowIdentities): void {
  buckets.fill(undefined)
}

/** Hashes the end of the most telling label: a cgroup path's is a container id or a pod uid. */
function bucketOf({ hashBy }: RowIdentities, view: DataView, spans: LabelSpans): number {
  let place = -1
  for (let i = 0; place < 0 && i < hashBy.length; i++) {
    place = spans.places[hashBy[i] as number] as number
  }
  if (place < 0) return 0
  const end = spans.valueEnd[place] as number
  const start = Math.max(spans.valueStart[place] as number, end - 24)
  let hash = end - start
  for (let i = start; i + 4 <= end; i += 4) {
    hash = Math.imul(hash ^ view.getInt32(i, true), 0x9e3779b1)
  }
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1)
}

function isSame(
  view: DataView,
  spans: LabelSpans,
  known: DataView,
  identity: RowIdentity,
): boolean {
  for (let label = 0; label < identity.starts.length; label++) {
    const place = spans.places[label] as number
    const start = identity.starts[label] as number
    if (place < 0 || start < 0) {
      if (place >= 0 || start >= 0) return false
      continue
    }
    const length = identity.lengths[label] as number
    const at = spans.valueStart[place] as number
    if ((spans.valueEnd[place] as number) - at !== length) return false
    if (!equalText(view, at, known, start, length)) return false
  }
  return true
}

/** The identity of the scanned label set, if it was seen before. `known` is the memo's arena. */
export function findIdentity(
  identities: RowIdentities,
  view: DataView,
  spans: LabelSpans,
  known: DataView,
): RowIdentity | undefined {
  const bucket = bucketOf(identities, view, spans)
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const found = identities.buckets[(bucket + probe) & (BUCKETS - 1)]
    if (found === undefined) return undefined
    if (isSame(view, spans, known, found)) return found
  }
  return undefined
}

/**
 * Remembers an identity; where its place is crowded it is found out again each time. The scanned bytes stand in the arena
 * too, `shift` bytes further.
 */
export function addIdentity(
  identities: RowIdentities,
  view: DataView,
  spans: LabelSpans,
  shift: number,
  found: Pick<RowIdentity, 'verdict' | 'flags' | 'outStarts' | 'outLengths'>,
): RowIdentity {
  const starts: number[] = []
  const lengths: number[] = []
  for (let label = 0; label < identities.labelCount; label++) {
    const place = spans.places[label] ?? -1
    const start = place < 0 ? -1 : (spans.valueStart[place] ?? -1)
    starts.push(start < 0 ? -1 : start + shift)
    lengths.push(place < 0 ? 0 : (spans.valueEnd[place] ?? 0) - start)
  }
  const { verdict, flags, outStarts, outLengths } = found
  const identity: RowIdentity = { starts, lengths, verdict, flags, outStarts, outLengths }
  const bucket = bucketOf(identities, view, spans)
  for (let probe = 0; probe < MAX_PROBES; probe++) {
    const place = (bucket + probe) & (BUCKETS - 1)
    if (identities.buckets[place] !== undefined) continue
    identities.buckets[place] = identity
    break
  }
  return identity
}
