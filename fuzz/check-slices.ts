import fc from 'fast-check'
import { ownerLookup } from '../src/gateway/owners.ts'
import {
  CADVISOR_RULES,
  parsePodList,
  partitionMetrics,
  readSummary,
  rebuildPods,
  sliceSummary,
  type NodeView,
} from '../src/kubelet/index.ts'
import { payloadsOf } from '../test/helpers/node-payloads.ts'
import { damage, damaged, node, TENANTS, type FuzzPod } from './arbitrary-node.ts'

const VIEWS: readonly NodeView[] = ['own-sum', 'capacity', 'none']
const tenants = TENANTS.map((name) => ({
  name,
  vcluster: name,
  hostNamespaces: [`vcluster-${name}`],
}))

const SAMPLE =
  /^[A-Za-z_:][A-Za-z0-9_:]*(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (?:[+-]?[\d.]+(?:[eE][+-]?\d+)?|NaN|[+-]?Inf)(?: -?\d+)?$/

/** What a slice must not hold: anything that stands for a pod in another namespace, the node's total, a host's mark. */
function expectOwnOnly(
  slice: Buffer,
  number: number,
  pods: readonly FuzzPod[],
  what: string,
): void {
  const text = slice.toString('latin1')
  for (const { tenant, canary, uid, bytes } of pods) {
    if (tenant === TENANTS[number]) continue
    for (const foreign of [
      canary,
      uid,
      `virtual-${uid}`,
      uid.replaceAll('-', '_'),
      String(bytes),
    ]) {
      if (text.includes(foreign)) {
        throw new Error(
          `${what} of ${TENANTS[number] ?? ''} holds ${foreign}, which is ${tenant}’s`,
        )
      }
    }
  }
  for (const mark of ['16000000001', 'token-abcdefgh', '"note"']) {
    if (text.includes(mark)) throw new Error(`${what} holds ${mark}, which is the host’s`)
  }
}

function expectExposition(slice: Buffer): void {
  const text = slice.toString('latin1')
  if (text === '') return
  if (!text.endsWith('\n')) throw new Error('the metrics do not end with a line end')
  for (const line of text.slice(0, -1).split('\n')) {
    if (/^# (?:HELP|TYPE) /.test(line) || SAMPLE.test(line)) continue
    throw new Error(`not a line of metrics: ${JSON.stringify(line)}`)
  }
}

/** Undefined when the bytes are refused, which is always an answer. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'E_KUBELET_SHAPE')
      return undefined
    throw error
  }
}

/** Payload × tenants: nobody gets a byte of anybody else, and what they get is well-formed. */
export const slices: fc.IPropertyWithHooks<
  [readonly FuzzPod[], readonly (readonly [number, number, number])[]]
> = fc.property(node, damage, (pods, edits) => {
  const payloads = payloadsOf(pods)
  const bytesOf = (path: string): Buffer => Buffer.from(payloads[path] ?? '')
  const host = parsePodList(bytesOf('/pods'))
  const owners = ownerLookup(host, tenants)

  const cadvisor = damaged(bytesOf('/metrics/cadvisor'), edits)
  const parts = partitionMetrics(cadvisor, owners, { views: VIEWS, rules: CADVISOR_RULES })
  parts.slices.forEach((slice, number) => {
    expectExposition(slice)
    expectOwnOnly(slice, number, pods, '/metrics/cadvisor')
  })
  const summary = attempt(() => readSummary(damaged(bytesOf('/stats/summary'), edits), owners))
  const list = attempt(() => parsePodList(damaged(bytesOf('/pods'), edits)))
  VIEWS.forEach((nodeView, number) => {
    const made: [string, Buffer][] = []
    for (const onlyCpuAndMemory of [true, false]) {
      if (summary === undefined) break
      const options = { slice: number, nodeView, onlyCpuAndMemory }
      made.push(['/stats/summary', sliceSummary(summary, options)])
    }
    if (list) made.push(['/pods', rebuildPods(list, ownerLookup(list, tenants), number)])
    for (const [path, slice] of made) {
      JSON.parse(slice.toString('utf8'))
      expectOwnOnly(slice, number, pods, path)
    }
  })
})
