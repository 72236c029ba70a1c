import { SubletError } from '../core/index.ts'
import {
  append,
  appendComma,
  createJsonOutput,
  finishJson,
  type JsonOutput,
} from './json-output.ts'
import { itemsOf, member, readTape, stringOf, type JsonTape } from './json-tape.ts'
import { nodeSection } from './node-section.ts'
import type { NodeView, OwnerLookup, PodOwner } from './owner.ts'
import { QUOTED_SUMMARY_NAMES, SUMMARY_NAMES } from './summary-names.ts'
import {
  CLAIM_VOLUME,
  CONTAINER,
  cut,
  cutMembers,
  LOCAL_VOLUME,
  NARROW_CONTAINER,
  NARROW_POD,
  NETWORK,
  POD,
} from './summary-shape.ts'

/** A pod of the Summary, as a row of its tape, and whose it is. */
export interface OwnedStats {
  readonly owner: PodOwner
  readonly stats: number
}

/** `/stats/summary`, read once and divided by owner; slices are written when somebody asks. */
export interface SummarySnapshot {
  readonly tape: JsonTape
  /** The row of the node. */
  readonly node: number
  /** By slice. */
  readonly pods: ReadonlyMap<number, readonly OwnedStats[]>
  /** How many pods belong to nobody, or carry another uid than the owner's host pod. */
  readonly dropped: number
}

/** Throws E_KUBELET_SHAPE when the bytes are not a Summary. */
export function readSummary(payload: Buffer, owners: OwnerLookup): SummarySnapshot {
  const tape = readTape(payload, SUMMARY_NAMES)
  const node = member(tape, 0, 'node')
  if (stringOf(tape, member(tape, node, 'nodeName')) === undefined) {
    throw new SubletError('E_KUBELET_SHAPE', 'the summary has no node.nodeName')
  }
  const pods = new Map<number, OwnedStats[]>()
  let dropped = 0
  for (const stats of itemsOf(tape, member(tape, 0, 'pods'))) {
    const owner = ownerOf(tape, stats, owners)
    if (owner === undefined) {
      dropped++
      continue
    }
    const own = pods.get(owner.slice)
    if (own === undefined) pods.set(owner.slice, [{ owner, stats }])
    else own.push({ owner, stats })
  }
  return { tape, node, pods, dropped }
}

function ownerOf(tape: JsonTape, stats: number, owners: OwnerLookup): PodOwner | undefined {
  const ref = member(tape, stats, 'podRef')
  const namespace = stringOf(tape, member(tape, ref, 'namespace'))
  const name = stringOf(tape, member(tape, ref, 'name'))
  if (!namespace || !name) return undefined
  const owner = owners(namespace, name)
  return owner?.hostUid === stringOf(tape, member(tape, ref, 'uid')) ? owner : undefined
}

export interface SummarySliceOptions {
  readonly slice: number
  readonly nodeView: NodeView
  /** As the query parameter of the same name. */
  readonly onlyCpuAndMemory: boolean
}

/** One slice's Summary, as compact JSON with a line end. Numbers are the kubelet's own text. */
export function sliceSummary(snapshot: SummarySnapshot, options: SummarySliceOptions): Buffer {
  const { tape, node } = snapshot
  const own = snapshot.pods.get(options.slice) ?? []
  const output = createJsonOutput(tape, QUOTED_SUMMARY_NAMES)
  append(output, `{"node":${nodeSection(tape, node, own, options)},"pods":[`)
  const start = output.length
  for (const pod of own) {
    appendComma(output, start)
    appendPod(output, pod, options)
  }
  append(output, ']}\n')
  return finishJson(output)
}

function appendPod(
  output: JsonOutput,
  { owner, stats }: OwnedStats,
  { nodeView, onlyCpuAndMemory }: SummarySliceOptions,
): void {
  const { tape } = output
  const withNodeFacts = nodeView === 'capacity'
  const { name, namespace, uid } = owner.virtual
  append(output, `{"podRef":${JSON.stringify({ name, namespace, uid })}`)
  // Something stands behind the bracket already.
  cutMembers(output, stats, onlyCpuAndMemory ? NARROW_POD : POD, withNodeFacts, 0)
  const shape = onlyCpuAndMemory ? NARROW_CONTAINER : CONTAINER
  appendList(output, 'containers', itemsOf(tape, member(tape, stats, 'containers')), (row) =>
    isTold(tape, row, owner) ? cut(output, row, shape, withNodeFacts) : false,
  )
  if (!onlyCpuAndMemory) {
    const network = member(tape, stats, 'network')
    const before = output.length
    if (network >= 0 && !owner.hostNetwork) {
      append(output, ',"network":')
      if (!cut(output, network, NETWORK, withNodeFacts)) output.length = before
    }
    const volumes = itemsOf(tape, member(tape, stats, 'volume'))
    const beforeVolumes = output.length
    const count = appendList(output, 'volume', volumes, (row) =>
      appendVolume(output, row, owner, withNodeFacts),
    )
    if (count === 0) output.length = beforeVolumes
  }
  append(output, '}')
}

/** Appends a member that is a list; `appendItem` says whether there is anything to tell. Returns how many items it has. */
function appendList(
  output: JsonOutput,
  name: string,
  rows: readonly number[],
  appendItem: (row: number) => boolean,
): number {
  append(output, `,"${name}":[`)
  const start = output.length
  let count = 0
  for (const row of rows) {
    const before = output.length
    appendComma(output, start)
    if (appendItem(row)) count++
    else output.length = before
  }
  append(output, ']')
  return count
}

function isTold(tape: JsonTape, container: number, owner: PodOwner): boolean {
  const name = stringOf(tape, member(tape, container, 'name'))
  return name !== undefined && !owner.hostOnlyContainers.has(name)
}

/** A volume; one of a claim whose virtual name is not known is left out. */
function appendVolume(
  output: JsonOutput,
  volume: number,
  owner: PodOwner,
  withNodeFacts: boolean,
): boolean {
  const { tape } = output
  const claim = member(tape, volume, 'pvcRef')
  if (claim < 0) return cut(output, volume, LOCAL_VOLUME, withNodeFacts)
  const hostName = stringOf(tape, member(tape, claim, 'name'))
  const name = hostName === undefined ? undefined : owner.virtualName(hostName)
  if (name === undefined) return false
  append(output, '{')
  const start = output.length
  cutMembers(output, volume, CLAIM_VOLUME, true)
  appendComma(output, start)
  append(output, `"pvcRef":${JSON.stringify({ name, namespace: owner.virtual.namespace })}}`)
  return true
}
