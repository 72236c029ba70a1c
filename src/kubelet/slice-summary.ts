import { SubletError } from '../core/index.ts'
import { itemsOf, member, readJson, stringOf, type JsonSpan } from './json-spans.ts'
import { nodeSection } from './node-section.ts'
import type { NodeView, OwnerLookup, PodOwner } from './owner.ts'
import {
  CLAIM_VOLUME,
  CONTAINER,
  cut,
  cutMembers,
  LOCAL_VOLUME,
  NETWORK,
  ONLY_CPU_AND_MEMORY,
  POD,
  type Shape,
} from './summary-shape.ts'

/** A pod of the Summary and whose it is. */
export interface OwnedStats {
  readonly owner: PodOwner
  readonly stats: JsonSpan
}

/** `/stats/summary`, read once and divided by owner; slices are written when somebody asks. */
export interface SummarySnapshot {
  readonly node: JsonSpan
  readonly pods: readonly OwnedStats[]
  /** How many pods belong to nobody, or carry another uid than the owner's host pod. */
  readonly dropped: number
}

/** Throws E_KUBELET_SHAPE when the bytes are not a Summary. */
export function readSummary(payload: Buffer, owners: OwnerLookup): SummarySnapshot {
  const summary = readJson(payload)
  const node = member(summary, 'node')
  const list = member(summary, 'pods')
  if (stringOf(member(node, 'nodeName')) === undefined || node === undefined) {
    throw new SubletError('E_KUBELET_SHAPE', 'the summary has no node.nodeName')
  }
  const pods: OwnedStats[] = []
  for (const stats of itemsOf(list)) {
    const owner = ownerOf(stats, owners)
    if (owner) pods.push({ owner, stats })
  }
  return { node, pods, dropped: itemsOf(list).length - pods.length }
}

function ownerOf(stats: JsonSpan, owners: OwnerLookup): PodOwner | undefined {
  const ref = member(stats, 'podRef')
  const namespace = stringOf(member(ref, 'namespace'))
  const name = stringOf(member(ref, 'name'))
  if (!namespace || !name) return undefined
  const owner = owners(namespace, name)
  return owner?.hostUid === stringOf(member(ref, 'uid')) ? owner : undefined
}

export interface SummarySliceOptions {
  readonly slice: number
  readonly nodeView: NodeView
  /** As the query parameter of the same name. */
  readonly onlyCpuAndMemory: boolean
}

/** One slice's Summary, as compact JSON with a line end. Numbers are the kubelet's own text. */
export function sliceSummary(snapshot: SummarySnapshot, options: SummarySliceOptions): Buffer {
  const own = snapshot.pods.filter(({ owner }) => owner.slice === options.slice)
  const pods = own.map((pod) => podText(pod, options))
  return Buffer.from(
    `{"node":${nodeSection(snapshot.node, own, options)},"pods":[${pods.join(',')}]}\n`,
  )
}

function podText({ owner, stats }: OwnedStats, options: SummarySliceOptions): string {
  const withNodeFacts = options.nodeView === 'capacity'
  const { name, namespace, uid } = owner.virtual
  const parts = [`"podRef":${JSON.stringify({ name, namespace, uid })}`]
  parts.push(...cutMembers(stats, narrowed(POD, options), withNodeFacts))
  const containers = itemsOf(member(stats, 'containers'))
    .filter((one) => isTold(one, owner))
    .map((one) => cut(one, narrowed(CONTAINER, options), withNodeFacts))
  parts.push(`"containers":[${containers.filter((one) => one !== undefined).join(',')}]`)
  if (options.onlyCpuAndMemory) return `{${parts.join(',')}}`

  const network = member(stats, 'network')
  if (network && !owner.hostNetwork) {
    const text = cut(network, NETWORK, withNodeFacts)
    if (text !== undefined) parts.push(`"network":${text}`)
  }
  const volumes = itemsOf(member(stats, 'volume')).flatMap((volume) =>
    volumeText(volume, owner, withNodeFacts),
  )
  if (volumes.length > 0) parts.push(`"volume":[${volumes.join(',')}]`)
  return `{${parts.join(',')}}`
}

function isTold(container: JsonSpan, owner: PodOwner): boolean {
  const name = stringOf(member(container, 'name'))
  return name !== undefined && !owner.hostOnlyContainers.has(name)
}

/** A volume; one of a claim whose virtual name is not known is left out. */
function volumeText(volume: JsonSpan, owner: PodOwner, withNodeFacts: boolean): string[] {
  const claim = member(volume, 'pvcRef')
  if (claim === undefined) {
    const text = cut(volume, LOCAL_VOLUME, withNodeFacts)
    return text === undefined ? [] : [text]
  }
  const hostName = stringOf(member(claim, 'name'))
  const name = hostName === undefined ? undefined : owner.virtualName(hostName)
  if (name === undefined) return []
  const ref = JSON.stringify({ name, namespace: owner.virtual.namespace })
  return [`{${[...cutMembers(volume, CLAIM_VOLUME, true), `"pvcRef":${ref}`].join(',')}}`]
}

function narrowed(shape: Shape, options: SummarySliceOptions): Shape {
  if (!options.onlyCpuAndMemory || typeof shape !== 'object' || !('fields' in shape)) return shape
  const kept = Object.entries(shape.fields).filter(([key]) => ONLY_CPU_AND_MEMORY.includes(key))
  return { fields: Object.fromEntries(kept) }
}
