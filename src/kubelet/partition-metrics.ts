import { createBufferPool } from './buffer-pool.ts'
import { NO_OWNER } from './decide-label-set.ts'
import { count, divideLines, HEAD, REASON, type Work } from './divide-lines.ts'
import { DROP_REASONS, type DropCounts } from './drop-reasons.ts'
import { viewOf } from './exposition-bytes.ts'
import { createFamilies } from './exposition-families.ts'
import { createLabelSpans } from './exposition-tokenizer.ts'
import { clearLabelSets, createLabelSetMemo, type LabelSetMemo } from './label-set-memo.ts'
import type { MetricsRules } from './metrics-rules.ts'
import type { ClaimLookup, NodeView, OwnerLookup } from './owner.ts'
import { clearIdentities, createRowIdentities, type RowIdentities } from './row-identities.ts'
import { createSliceOutput, finish, reserve } from './slice-output.ts'
import { createWholeLines } from './whole-lines.ts'

export interface Partition {
  /** One valid exposition text per slice; empty for a slice without rows. */
  readonly slices: readonly Buffer[]
  /** Sample lines that went into a slice. */
  readonly kept: number
  /** Sample lines that went nowhere. */
  readonly dropped: DropCounts
  /** The kubelet says that containers are missing (cAdvisor could not read all of them). */
  readonly isIncomplete: boolean
  /** Gives the memory of a slice back for the next division: only for who knows that nobody has seen its bytes. */
  recycle(slice: number): void
}

/** A payload being divided, piece by piece as it comes. */
export interface Division {
  /** The next bytes; they may end anywhere. */
  write(piece: Buffer): void
  /** What has been divided; to be called once, and only for a payload that came whole. */
  end(): Partition
}

/** Who owns what, and the slices to make: one node view each. */
export interface DivisionOptions {
  readonly owners: OwnerLookup
  readonly views: readonly NodeView[]
  /** Who owns which claim; without it, rows about claims are nobody's. */
  readonly claims?: ClaimLookup | undefined
}

export interface PartitionOptions extends Omit<DivisionOptions, 'owners'> {
  readonly rules: MetricsRules
}

/**
 * Divides one endpoint's payloads, one after the other. What a label set says, and whose it is, is remembered from
 * payload to payload for as long as the lookups are the same objects: a lookup must always give the same answers.
 */
export interface MetricsDivider {
  begin(options: DivisionOptions): Division
}

/** All that is known of the label sets, and from which lookups. */
interface Knowledge {
  readonly memo: LabelSetMemo
  readonly identities: RowIdentities
  readonly owners: OwnerLookup
  readonly claims: ClaimLookup | undefined
  /** How many label sets the first payload had; 0 before it. */
  first: number
  /** The lengths of the last payload's slices. */
  lengths: readonly number[]
}

/** More than this is not kept from payload to payload: no node has so many label sets. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024

export function createMetricsDivider(rules: MetricsRules): MetricsDivider {
  const pool = createBufferPool()
  let kept: Knowledge | undefined
  return {
    begin({ owners, views, claims }) {
      const known = knowledgeFor(kept, rules, owners, claims)
      // It comes back when the payload came whole.
      kept = undefined
      const work = startWork(known, rules, views, (slice) =>
        createSliceOutput(pool, roomFor(known.lengths[slice])),
      )
      const lines = createWholeLines((run) => divideLines(work, run))
      return {
        write: (piece) => lines.write(piece),
        end() {
          if (lines.rest() > 0) count(work, REASON.truncated)
          addMachine(work)
          known.lengths = work.outputs.map(({ length }) => length)
          if (isWorthKeeping(known)) kept = known
          // As much as the next payload is likely to need.
          pool.keepUpTo(work.outputs.reduce((sum, { bytes }) => sum + bytes.length, 0))
          return partitionOf(work)
        },
      }
    },
  }
}

/**
 * Divides a kubelet's metrics among all slices in one pass. Every label set is tokenized and decided once, every line's
 * value and timestamp are checked, and both are copied as text. Rows without an owner go nowhere, and so does everything
 * that is not plainly a sample line: fail closed.
 */
export function partitionMetrics(
  input: Buffer,
  owners: OwnerLookup,
  { rules, ...options }: PartitionOptions,
): Partition {
  const division = createMetricsDivider(rules).begin({ owners, ...options })
  division.write(input)
  return division.end()
}

/** A little more than last time. */
const roomFor = (last = 0): number => last + (last >> 5) + 4096

/** What is known already, where it is from the same lookups; else nothing. */
function knowledgeFor(
  kept: Knowledge | undefined,
  rules: MetricsRules,
  owners: OwnerLookup,
  claims: ClaimLookup | undefined,
): Knowledge {
  if (kept?.owners === owners && kept.claims === claims) return kept
  const memo = kept?.memo ?? createLabelSetMemo()
  const identities = kept?.identities ?? createRowIdentities(rules)
  clearLabelSets(memo)
  clearIdentities(identities)
  memo.count = 1
  memo.verdict[HEAD] = NO_OWNER
  memo.length[HEAD] = 0
  memo.next[HEAD] = -1
  memo.otherNext[HEAD] = -1
  return { memo, identities, owners, claims, first: 0, lengths: kept?.lengths ?? [] }
}

/** Label sets that come and go (containers that start again and again) are forgotten with all others now and then. */
function isWorthKeeping(known: Knowledge): boolean {
  const { count: sets, arena } = known.memo
  if (known.first === 0) known.first = sets
  return sets <= known.first * 2 && arena.length <= MAX_KEPT_BYTES
}

function startWork(
  { memo, identities, owners, claims = () => undefined }: Knowledge,
  rules: MetricsRules,
  views: readonly NodeView[],
  createOutput: (slice: number) => Work['outputs'][number],
): Work {
  const none = Buffer.alloc(0)
  return {
    input: none,
    view: viewOf(none),
    owners,
    claims,
    rules,
    views,
    spans: createLabelSpans(),
    identities,
    memo,
    families: createFamilies(),
    outputs: views.map((_, slice) => createOutput(slice)),
    drops: new Int32Array(DROP_REASONS.length),
    machine: [],
    kept: 0,
    isIncomplete: false,
    name: none,
    nameView: viewOf(none),
    nameLength: 0,
    previous: HEAD,
  }
}

function partitionOf({ outputs, drops, kept, isIncomplete }: Work): Partition {
  const dropped = Object.fromEntries(DROP_REASONS.map((reason, i) => [reason, drops[i] ?? 0]))
  const finished = outputs.map(finish)
  return {
    slices: finished.map(({ bytes }) => bytes),
    kept,
    dropped: dropped as DropCounts,
    isIncomplete,
    recycle: (slice) => finished[slice]?.recycle(),
  }
}

function addMachine(work: Work): void {
  const block = Buffer.concat(work.machine)
  work.outputs.forEach((output, slice) => {
    if (work.views[slice] !== 'capacity') return
    reserve(output, block.length)
    output.length += block.copy(output.bytes, output.length)
  })
}
