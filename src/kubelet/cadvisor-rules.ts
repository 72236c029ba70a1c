import { labelNames, type LabelNames } from './exposition-tokenizer.ts'

/** What may happen to the rows of a family. */
export type FamilyRule =
  | 'keep'
  /** Interface and socket counters: of a pod with the node's network they are the node's. */
  | 'network'
  /** Size and free space of the node's disk. */
  | 'disk-capacity'
  /** A fact about the machine, without an owner. */
  | 'machine'
  | 'unknown'

/** The labels and families of one metrics endpoint. What is not in here is dropped. */
export interface MetricsRules {
  readonly labels: LabelNames
  /** Every owned row has an `id`, which names the pod's uid; one without is dropped. */
  readonly needsId: boolean
  familyRule(family: string): FamilyRule
}

/** The labels that are looked at, first in the table so that their numbers are known. */
export const NAMESPACE = 0
export const POD = 1
export const ID = 2
export const NAME = 3
export const CONTAINER = 4

/**
 * Every label of cAdvisor's container families as kubelets 1.20–1.36 write them, and those of its optional metrics
 * (perf events, resctrl, NUMA, huge pages). `namespace`, `pod`, `id` and `name` are rewritten; the others are the
 * container's own affair. Source: cadvisor `metrics/prometheus.go`.
 */
const CADVISOR_LABELS: LabelNames = labelNames([
  'namespace',
  'pod',
  'id',
  'name',
  'container',
  'image',
  'cpu',
  'device',
  'event',
  'failcnt',
  'failure_type',
  'interface',
  'major',
  'minor',
  'node',
  'node_id',
  'operation',
  'pagesize',
  'scope',
  'state',
  'tcp_state',
  'type',
  'udp_state',
  'ulimit',
])

const DISK_CAPACITY = new Set([
  'container_fs_limit_bytes',
  'container_fs_inodes_total',
  'container_fs_inodes_free',
])

/** What the node view `capacity` tells of the machine; its ids (`machine_id`, `boot_id`, `system_uuid`) never. */
const MACHINE = new Set([
  'machine_cpu_cores',
  'machine_cpu_physical_cores',
  'machine_cpu_sockets',
  'machine_memory_bytes',
  'machine_swap_bytes',
])

function cadvisorFamily(family: string): FamilyRule {
  if (MACHINE.has(family)) return 'machine'
  if (!family.startsWith('container_')) return 'unknown'
  if (family.startsWith('container_network_')) return 'network'
  return DISK_CAPACITY.has(family) ? 'disk-capacity' : 'keep'
}

/** `/metrics/cadvisor`. */
export const CADVISOR_RULES: MetricsRules = {
  labels: CADVISOR_LABELS,
  needsId: true,
  familyRule: cadvisorFamily,
}
