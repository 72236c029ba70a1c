import fc from 'fast-check'
import type { ClaimLookup } from '../../src/kubelet/index.ts'
import { hostPods } from './exposition-lines.ts'

/** Metrics of `/metrics`, `/metrics/probes` and `/metrics/resource` about the pods of `hostPods`, honest and hostile. */

/** Two claims of the first slice and one of the second; the same name in another namespace is nobody's. */
const CLAIMS: Readonly<Record<string, { slice: number; name: string }>> = {
  'vcluster-k8s1/data-x-shop-x-k8s1': { slice: 0, name: 'data' },
  'vcluster-k8s1/logs-x-shop-x-k8s1': { slice: 0, name: 'logs' },
  'vcluster-k8s2/data-x-shop-x-k8s2': { slice: 1, name: 'data' },
}
export const claims: ClaimLookup = (namespace, claim) => {
  const found = CLAIMS[`${namespace}/${claim}`]
  return found && { slice: found.slice, virtual: { namespace: 'shop', name: found.name } }
}

const FAMILIES = [
  'kubelet_volume_stats_used_bytes',
  'kubelet_container_log_filesystem_used_bytes',
  'prober_probe_total',
  'prober_probe_duration_seconds_bucket',
  'pod_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'container_fs_reads_total',
  'kubelet_running_pods',
]

const claimNames = Object.keys(CLAIMS).map((key) => key.split('/')[1] ?? '')
const nasty = fc.constantFrom('', 'x\\"y', 'é', 'a\\nb', 'web-0-x-shop-x-k8s2')
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof(value, fc.constant(undefined))

const row = fc
  .record({
    family: fc.constantFrom(...FAMILIES),
    host: fc.nat(hostPods.length - 1),
    pod: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, fc.constant(false)),
    uid: optional(fc.nat(hostPods.length - 1)),
    probeUid: optional(fc.nat(hostPods.length - 1)),
    claim: optional(fc.oneof(fc.constantFrom(...claimNames), nasty)),
    container: optional(fc.oneof(fc.constantFrom('app', 'vcluster-rewrite-hosts', ''), nasty)),
    le: optional(fc.constantFrom('0.5', '+Inf')),
    device: optional(
      fc.constantFrom('/dev/vda1', '', 'tmpfs', '/run/containerd/sandboxes/0123456789abcdef/shm'),
    ),
    odd: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, nasty),
    value: fc.constantFrom('0', '1.5e+09', 'NaN', '5 1795348762853', '1e', ''),
  })
  .map((made) => {
    const [namespace = '', pod = ''] = hostPods[made.host]?.key.split('/') ?? []
    const uidOf = (index: number | undefined): string | undefined =>
      index === undefined ? undefined : hostPods[index]?.uid
    const labels = {
      container: made.container,
      device: made.device,
      le: made.le,
      namespace,
      odd: made.odd,
      persistentvolumeclaim: made.claim,
      pod: made.pod ? pod : undefined,
      pod_uid: uidOf(made.probeUid),
      uid: uidOf(made.uid),
    }
    const pairs = Object.entries(labels)
      .filter(([, value]) => value !== undefined)
      .map(([label, value]) => `${label}="${value}"`)
    return `${made.family}{${pairs.join(',')}} ${made.value}\n`
  })

/** A payload without headers, its rows in families or not. */
export const endpointPayload: fc.Arbitrary<Buffer> = fc
  .tuple(fc.array(row, { maxLength: 30 }), fc.boolean())
  .map(([rows, isSorted]) => Buffer.from((isSorted ? rows.toSorted() : rows).join('')))
