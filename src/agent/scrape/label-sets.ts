import { viewOf } from '../../kubelet/exposition-bytes.ts'
// Not from kubelet/index.ts: that one brings a client and the slicing, which the agent does not use.
import {
  createLabelSpans,
  scanLabels,
  type LabelSpans,
} from '../../kubelet/exposition-tokenizer.ts'
import {
  addLabelSet,
  clearLabelSets,
  createLabelSetMemo,
  findLabelSet,
  foretell,
  foretold,
  type LabelSetMemo,
} from '../../kubelet/label-set-memo.ts'
import { nameTable } from '../../kubelet/name-table.ts'

export type Labels = Readonly<Record<string, string>>

/**
 * The label sets of one endpoint, each read once: the next run's lines have the same ones, mostly in the same order. A
 * set is the same object in every run, so providers may remember by it.
 */
export interface LabelSets {
  /** Before a run. Sets that few of the last run's lines had are forgotten, so that it does not grow with pods that went. */
  begin(bytes: Buffer): void
  /** Before the first line of a family. */
  restart(): void
  /** The set that stands at `at` (its `{`), as a number; -1: not in the plain form. */
  read(at: number): number
  lengthOf(set: number): number
  isSkipped(set: number): boolean
  labelsOf(set: number): Labels
}

/** The set that a line without labels has. */
export const NO_LABELS = 0

const NOWHERE = -1 - (1 << 30)
/** Fewer sets than this are never worth a clearing. */
const SMALL = 1 << 12
const NO_NAMES = nameTable([])
const KEEP = 1
const SKIP = 2

/** `skip` looks at the text of a set, once. */
export function createLabelSets(skip: (text: string) => boolean): LabelSets {
  const memo = createLabelSetMemo()
  const spans = createLabelSpans()
  let labels: (Labels | undefined)[] = []
  let bytes: Buffer = Buffer.alloc(0)
  let view = viewOf(bytes)
  let previous = NO_LABELS
  let run = 0
  // `outStart` is the gateway's; here it holds the run that last had the set.
  const seen = (): Int32Array => memo.outStart
  let used = 0

  const clear = (): void => {
    clearLabelSets(memo)
    labels = [Object.freeze(Object.create(null) as Record<string, string>)]
    addLabelSet(memo, bytes, NOWHERE, 0, 0)
    memo.verdict[NO_LABELS] = KEEP
  }
  const add = (at: number): number => {
    const end = scanLabels(bytes, view, at, NO_NAMES, spans)
    if (end < 0) return -1
    const found = findLabelSet(memo, view, at, end - at)
    if (found >= 0) return found
    const set = addLabelSet(memo, bytes, found, at, end)
    memo.verdict[set] = skip(bytes.toString('latin1', at, end)) ? SKIP : KEEP
    seen()[set] = 0
    return set
  }
  clear()
  return {
    begin(text) {
      if (memo.count > SMALL && memo.count > used * 2) clear()
      bytes = text
      view = viewOf(text)
      previous = NO_LABELS
      used = 0
      run += 1
    },
    restart() {
      previous = NO_LABELS
    },
    read(at) {
      let set = foretold(memo, view, previous, at)
      if (set < 0) {
        set = add(at)
        if (set < 0) return -1
        foretell(memo, previous, set)
      }
      previous = set
      if (memo.outStart[set] !== run) {
        memo.outStart[set] = run
        used += 1
      }
      return set
    },
    lengthOf: (set) => memo.length[set] as number,
    isSkipped: (set) => memo.verdict[set] === SKIP,
    labelsOf: (set) => (labels[set] ??= decode(memo, set, spans)),
  }
}

/** Like `Object.create(null)`, but with fields where the engine keeps those of ordinary objects: a quarter of the memory. */
const PlainLabels = function () {
  // Nothing is set at first.
} as unknown as new () => Record<string, string>
PlainLabels.prototype = Object.create(null) as object

/** The set as an object that inherits nothing. Its text was scanned before. */
function decode(memo: LabelSetMemo, set: number, spans: LabelSpans): Labels {
  const start = memo.start[set] as number
  const { arena, arenaView } = memo
  scanLabels(arena, arenaView, start, NO_NAMES, spans)
  const labels = new PlainLabels()
  let nameStart = start + 1
  for (let k = 0; k < spans.count; k++) {
    const valueStart = spans.valueStart[k] as number
    const valueEnd = spans.valueEnd[k] as number
    const name = arena.toString('latin1', nameStart, valueStart - 2)
    labels[name] = unescape(arena.toString('utf8', valueStart, valueEnd))
    nameStart = valueEnd + 2
  }
  return labels
}

const unescape = (text: string): string =>
  text.includes('\\')
    ? text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    : text
