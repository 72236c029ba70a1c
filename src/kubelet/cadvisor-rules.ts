import { metricsRules, type FamilyRule, type MetricsRules } from './metrics-rules.ts'

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

function familyRule(family: string): FamilyRule {
  if (MACHINE.has(family)) return 'machine'
  if (!family.startsWith('container_')) return 'unknown'
  if (family.startsWith('container_network_')) return 'network'
  return DISK_CAPACITY.has(family) ? 'disk-capacity' : 'keep'
}

/**
 * `/metrics/cadvisor`: every label of cAdvisor's container families as kubelets 1.20–1.36 write them, and those of its
 * optional metrics (perf events, resctrl, NUMA, huge pages). Source: cadvisor `metrics/prometheus.go`.
 */
export const CADVISOR_RULES: MetricsRules = metricsRules({
  labels: {
    namespace: 'namespace',
    pod: 'pod',
    id: 'cgroup',
    name: 'runtime-name',
    container: 'container',
    image: 'image',
  },
  kept: [
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
  ],
  needsCgroup: true,
  errorFamily: 'container_scrape_error',
  familyRule,
})
