import { isUtf8 } from 'node:buffer'
import { DROP_REASONS, type DropReason } from './drop-reasons.ts'
import { copyText } from './exposition-bytes.ts'
import type { LabelSpans } from './exposition-tokenizer.ts'
import { isDeviceName, virtualCgroupPath, virtualRuntimeName } from './host-identity.ts'
import { growArena, HOST_NETWORK, type LabelSetMemo } from './label-set-memo.ts'
import type { LabelRole, MetricsRules } from './metrics-rules.ts'
import type { ClaimLookup, ClaimOwner, OwnerLookup, PodOwner } from './owner.ts'
import {
  addIdentity,
  findIdentity,
  type RowIdentities,
  type RowIdentity,
} from './row-identities.ts'

const verdictOf = (reason: DropReason): number => -1 - DROP_REASONS.indexOf(reason)
export const reasonOf = (verdict: number): number => -1 - verdict

export const MALFORMED: number = verdictOf('malformed')
export const DUPLICATE_LABEL: number = verdictOf('duplicate-label')
export const NO_OWNER: number = verdictOf('no-owner')
const UNKNOWN_LABEL = verdictOf('unknown-label')
const STALE = verdictOf('stale')
const HOST_ONLY = verdictOf('host-only')
const NODE_FACT = verdictOf('node-fact')

export interface DecisionContext {
  /** The lines that are being read. */
  input: Buffer
  view: DataView
  readonly owners: OwnerLookup
  readonly claims: ClaimLookup
  readonly rules: MetricsRules
  readonly spans: LabelSpans
  readonly identities: RowIdentities
}

/**
 * Decides the label set that was just scanned and added as `entry`: whose it is, or why nobody's, and for an owned one what it says under
 * virtual names (appended to the arena). Returns the verdict; the caller stores it.
 */
export function decideLabelSet(
  context: DecisionContext,
  memo: LabelSetMemo,
  entry: number,
  start: number,
  end: number,
): number {
  const { input, spans, identities, view } = context
  if (spans.high && !isUtf8(input.subarray(start, end))) return MALFORMED
  const shift = (memo.start[entry] as number) - start
  const identity =
    findIdentity(identities, view, spans, memo.arenaView) ??
    addIdentity(identities, view, spans, shift, identify(context, memo))
  if (identity.verdict < 0) return identity.verdict
  for (let i = 0; i < spans.count; i++) if ((spans.ids[i] as number) < 0) return UNKNOWN_LABEL
  if (namesNodePath(context)) return NODE_FACT
  memo.flags[entry] = identity.flags
  memo.outStart[entry] = memo.arenaUsed
  rewrite(context, memo, identity, start, end)
  memo.outLength[entry] = memo.arenaUsed - memo.outStart[entry]
  return identity.verdict
}

/** Copies the label set into the arena, with the identifying values replaced. */
function rewrite(
  context: DecisionContext,
  memo: LabelSetMemo,
  identity: RowIdentity,
  start: number,
  end: number,
): void {
  const { spans, view } = context
  const { outStarts, outLengths } = identity
  let room = end - start
  for (const length of outLengths) room += length
  growArena(memo, room)
  let from = start
  for (let i = 0; i < spans.count; i++) {
    const id = spans.ids[i] as number
    if (id >= outStarts.length || (outStarts[id] as number) < 0) continue
    append(memo, view, from, (spans.valueStart[i] as number) - from)
    append(memo, memo.arenaView, outStarts[id] as number, outLengths[id] as number)
    from = spans.valueEnd[i] as number
  }
  append(memo, view, from, end - from)
}

function append(memo: LabelSetMemo, source: DataView, from: number, length: number): void {
  copyText(memo.arenaView, memo.arenaUsed, source, from, length)
  memo.arenaUsed += length
}

type Finding = Pick<RowIdentity, 'verdict' | 'flags' | 'outStarts' | 'outLengths'>

const refused = (verdict: number): Finding => ({ verdict, flags: 0, outStarts: [], outLengths: [] })

/** True when the set names a device that is a path of the node's. */
function namesNodePath(context: DecisionContext): boolean {
  const value = context.rules.device < 0 ? undefined : valueAt(context, context.rules.device)
  return value !== undefined && value !== '' && !isDeviceName(value)
}

/** Whom the scanned label set is about. Values are compared as they are written: an escaped one is no Kubernetes name. */
function identify(context: DecisionContext, memo: LabelSetMemo): Finding {
  const namespace = valueOf(context, 'namespace')
  if (!namespace) return refused(NO_OWNER)
  const claim = claimOf(context, namespace, valueOf(context, 'claim'))
  if (claim === 'nobody’s') return refused(NO_OWNER)
  const pod = valueOf(context, 'pod')
  if (pod === undefined) return identifyClaim(context, memo, claim)

  const owner = pod === '' ? undefined : context.owners(namespace, pod)
  if (owner === undefined || (claim && !isClaimOf(owner, claim))) return refused(NO_OWNER)
  const path = valueOf(context, 'cgroup')
  const isFree = path === undefined && !context.rules.needsCgroup
  const cgroup = isFree ? undefined : virtualCgroupPath(path ?? '', owner)
  if (cgroup === undefined && !isFree) return refused(STALE)
  if (!hasNoOtherUid(context, owner.hostUid)) return refused(STALE)
  const container = valueOf(context, 'container') ?? ''
  if (owner.hostOnlyContainers.has(container)) return refused(HOST_ONLY)
  const { virtual } = owner
  return owned(context, memo, owner.slice, owner.hostNetwork ? HOST_NETWORK : 0, {
    namespace: virtual.namespace,
    pod: virtual.name,
    uid: virtual.uid,
    cgroup,
    claim: claim?.virtual.name,
    'runtime-name': virtualRuntimeName(valueOf(context, 'runtime-name') ?? '', owner),
    image: container === '' || container === 'POD' ? '' : undefined,
    container: undefined,
  })
}

/** A row without a pod is its claim's; one that also has a uid or a container is about something that nobody can check. */
function identifyClaim(
  context: DecisionContext,
  memo: LabelSetMemo,
  claim: ClaimOwner | undefined,
): Finding {
  const says = (role: LabelRole): boolean =>
    context.rules.labelsOf[role].some((label) => (context.spans.places[label] as number) >= 0)
  if (claim === undefined || says('uid') || says('container')) return refused(NO_OWNER)
  const { namespace, name } = claim.virtual
  return owned(context, memo, claim.slice, 0, { namespace, claim: name })
}

/** The value of the label with this role; of `uid` the first one. */
function valueOf(context: DecisionContext, role: LabelRole): string | undefined {
  const label = context.rules.labelsOf[role][0]
  return label === undefined ? undefined : valueAt(context, label)
}

function valueAt({ spans, input }: DecisionContext, label: number): string | undefined {
  const place = spans.places[label] as number
  if (place < 0) return undefined
  return input.toString('latin1', spans.valueStart[place], spans.valueEnd[place])
}

function hasNoOtherUid(context: DecisionContext, hostUid: string): boolean {
  return context.rules.labelsOf.uid.every(
    (label) => (valueAt(context, label) ?? hostUid) === hostUid,
  )
}

/** The claim that a row is about; undefined: it is about none. */
function claimOf(
  { claims }: DecisionContext,
  namespace: string,
  name: string | undefined,
): ClaimOwner | 'nobody’s' | undefined {
  if (name === undefined) return undefined
  return (name === '' ? undefined : claims(namespace, name)) ?? 'nobody’s'
}

const isClaimOf = ({ slice, virtual }: PodOwner, claim: ClaimOwner): boolean =>
  claim.slice === slice && claim.virtual.namespace === virtual.namespace

/** Writes what the labels with a role become into the arena. A role that is not named keeps its value. */
function owned(
  { rules }: DecisionContext,
  memo: LabelSetMemo,
  slice: number,
  flags: number,
  become: Readonly<Partial<Record<LabelRole, string | undefined>>>,
): Finding {
  const outLengths: number[] = []
  const outStarts = rules.roles.map((role) => {
    const value = become[role]
    if (value === undefined) {
      outLengths.push(0)
      return -1
    }
    const start = memo.arenaUsed
    const text = escaped(value)
    growArena(memo, text.length * 3)
    memo.arenaUsed += memo.arena.write(text, start)
    outLengths.push(memo.arenaUsed - start)
    return start
  })
  return { verdict: slice, flags, outStarts, outLengths }
}

/** A label value as the text format writes it. */
function escaped(value: string): string {
  if (!/["\\\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
