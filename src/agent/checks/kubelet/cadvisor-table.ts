import type { CallType } from '../../aggregator/metric.ts'

/**
 * What becomes of a cadvisor family. `plain`: a container's last value. `usage`: the sum of a container's values,
 * remembered for the percentage. `limit`: a limit, and usage / limit. `pod`: summed over a pod's interfaces.
 */
export type CadvisorRow =
  | {
      readonly scope: 'plain'
      readonly call: CallType
      readonly metric: string
      readonly factor?: number
      /** A label that becomes a tag. */
      readonly label?: string
      /** Values from here on are dropped. */
      readonly below?: number
    }
  | {
      readonly scope: 'usage'
      readonly metric: string
      readonly label?: string
      readonly limit: string
    }
  | { readonly scope: 'limit'; readonly metric?: string; readonly percent: string }
  | { readonly scope: 'pod'; readonly metric: string }

const rate = (metric: string, more: { factor?: number; label?: string } = {}): CadvisorRow => ({
  scope: 'plain',
  call: 'rate',
  metric,
  ...more,
})
const gauge = (metric: string, below?: number): CadvisorRow => ({
  scope: 'plain',
  call: 'gauge',
  metric,
  ...(below === undefined ? {} : { below }),
})
const pod = (metric: string): CadvisorRow => ({ scope: 'pod', metric })

/** By family. Usage comes before its limit, so that a percentage never waits for the next run. */
export const CADVISOR_TABLE: Readonly<Record<string, CadvisorRow>> = {
  // Seconds to nanoseconds: the rate is in nanocores.
  container_cpu_usage_seconds_total: rate('cpu.usage.total', { factor: 1e9 }),
  container_cpu_user_seconds_total: rate('cpu.user.total'),
  container_cpu_system_seconds_total: rate('cpu.system.total'),
  container_cpu_load_average_10s: gauge('cpu.load.10s.avg'),
  container_cpu_cfs_periods_total: rate('cpu.cfs.periods'),
  container_cpu_cfs_throttled_periods_total: rate('cpu.cfs.throttled.periods'),
  container_cpu_cfs_throttled_seconds_total: rate('cpu.cfs.throttled.seconds'),
  container_fs_reads_bytes_total: rate('io.read_bytes', { label: 'device' }),
  container_fs_writes_bytes_total: rate('io.write_bytes', { label: 'device' }),
  container_fs_usage_bytes: {
    scope: 'usage',
    metric: 'filesystem.usage',
    label: 'device',
    limit: 'container_fs_limit_bytes',
  },
  container_fs_limit_bytes: { scope: 'limit', percent: 'filesystem.usage_pct' },
  container_memory_usage_bytes: {
    scope: 'usage',
    metric: 'memory.usage',
    limit: 'container_spec_memory_limit_bytes',
  },
  container_spec_memory_limit_bytes: {
    scope: 'limit',
    metric: 'memory.limits',
    percent: 'memory.usage_pct',
  },
  container_memory_swap: {
    scope: 'usage',
    metric: 'memory.swap',
    limit: 'container_spec_memory_swap_limit_bytes',
  },
  container_spec_memory_swap_limit_bytes: {
    scope: 'limit',
    metric: 'memory.sw_limit',
    percent: 'memory.sw_in_use',
  },
  container_memory_working_set_bytes: gauge('memory.working_set'),
  container_memory_cache: gauge('memory.cache'),
  container_memory_rss: gauge('memory.rss', 2 ** 63),
  container_network_receive_bytes_total: pod('network.rx_bytes'),
  container_network_transmit_bytes_total: pod('network.tx_bytes'),
  container_network_receive_errors_total: pod('network.rx_errors'),
  container_network_transmit_errors_total: pod('network.tx_errors'),
  container_network_receive_packets_dropped_total: pod('network.rx_dropped'),
  container_network_transmit_packets_dropped_total: pod('network.tx_dropped'),
}
