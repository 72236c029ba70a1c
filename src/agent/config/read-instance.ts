import type { KubeletInstance } from '../checks/kubelet/instance.ts'
import type { FilterConfig, KubeletConfig } from '../config.ts'
import type { MapReader } from './map-reader.ts'
import { flagOf, shown, textsOf, type Checked } from './values.ts'
import { isYamlMap } from './yaml-file.ts'

/** Keys with nothing in them, so that they can be laid over the agent's own. */
type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

function given<T extends object>(all: { readonly [K in keyof T]?: T[K] | undefined }): Given<T> {
  const entries = Object.entries(all).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Given<T>
}

/** Lists of the instance take the place of the agent's, each for itself. */
export function readFilters(reader: MapReader): Partial<FilterConfig> {
  return given<FilterConfig>({
    include: reader.texts('container_include'),
    exclude: reader.texts('container_exclude'),
    excludePauseContainers: reader.flag('exclude_pause_container'),
  })
}

/** How this instance shows the kubelet who it is. */
export function readKubeletAccess(reader: MapReader, agent: KubeletConfig): Partial<KubeletConfig> {
  const auth = reader.checked('bearer_token_auth', bearerAuthOf)
  const path = reader.text('bearer_token_path')
  if (auth === false && path !== undefined) {
    reader.warn('bearer_token_path', 'has no effect: bearer_token_auth is false')
  }
  if (auth === true && path === undefined && agent.tokenPath === undefined) {
    reader.warn('bearer_token_auth', 'is true and there is no token: name one in bearer_token_path')
  }
  const tokenPath = auth === false ? { tokenPath: undefined } : given({ tokenPath: path })
  return {
    ...given<KubeletConfig>({
      tlsVerify: reader.flag('ssl_verify', 'tls_verify'),
      caPath: reader.text('ssl_ca_cert', 'tls_ca_cert'),
      clientCertPath: reader.text('ssl_cert', 'tls_cert'),
      clientKeyPath: reader.text('ssl_private_key', 'tls_private_key'),
    }),
    ...tokenPath,
  }
}

/** `tls_only` is what `true` means here, too: a token never goes over plain HTTP. */
function bearerAuthOf(value: unknown): Checked<boolean> {
  if (value === 'tls_only') return { value: true }
  const flag = flagOf(value)
  return flag.fault === undefined
    ? flag
    : { fault: flag.fault.replace('false', 'false or tls_only') }
}

/** What the Go check heeds of the Python check's options (the reference's table). */
export function readKubeletOptions(reader: MapReader): Partial<KubeletInstance> {
  const timeout = reader.seconds('timeout')
  if (timeout === 0) reader.fault('timeout', 'must be more than 0 seconds')
  const options = given<KubeletInstance>({
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
    useStatsSummaryAsSource: reader.flag('use_stats_summary_as_source'),
    enabledRates: reader.texts('enabled_rates'),
    sendHistogramsBuckets: reader.flag('send_histograms_buckets'),
    sendMonotonicCounter: reader.flag('send_monotonic_counter'),
    sendMonotonicWithGauge: reader.flag('send_monotonic_with_gauge'),
    sendDistributionCountsAsMonotonic: reader.flag('send_distribution_counts_as_monotonic'),
    sendDistributionSumsAsMonotonic: reader.flag('send_distribution_sums_as_monotonic'),
    excludeLabels: reader.texts('exclude_labels'),
    labelsMapper: reader.checked('labels_mapper', textMapOf),
    ignoreMetricsByLabels: reader.checked('ignore_metrics_by_labels', ignoredLabelsOf),
    probesMetricsEndpoint: reader.text('probes_metrics_endpoint'),
    slisMetricsEndpoint: reader.text('slis_metrics_endpoint'),
    ...readCardinality(reader),
  })
  for (const expression of options.enabledRates?.filter(isBroken) ?? [])
    reader.warn('enabled_rates', `is no regular expression and is left out: ${expression}`)
  reader.noEffect(PYTHON_ONLY)
  return options
}

/** What both checks heed. */
export const readCardinality = (reader: MapReader): Partial<KubeletInstance> =>
  given<KubeletInstance>({
    cardinality: reader.checked('check_tag_cardinality', cardinalityOf),
  })

function isBroken(expression: string): boolean {
  try {
    return !new RegExp(expression)
  } catch {
    return true
  }
}

const PYTHON_ONLY: readonly string[] = [
  'cadvisor_metrics_endpoint',
  'kubelet_metrics_endpoint',
  'cadvisor_port',
  'metrics_endpoint',
  'enabled_gauges',
  'instance_tags',
  'label_joins',
  'label_to_hostname',
  'prometheus_timeout',
  'proxy',
  'skip_proxy',
  'prometheus_url',
  'ssl_ignore_warning',
]

function textMapOf(value: unknown): Checked<Readonly<Record<string, string>>> {
  if (!isYamlMap(value)) return { fault: `must be a map of labels, not ${shown(value)}` }
  const wrong = Object.entries(value).find(([, name]) => typeof name !== 'string')
  if (wrong) return { fault: `must be a map of labels to names: ${wrong[0]} is ${shown(wrong[1])}` }
  return { value: value as Readonly<Record<string, string>> }
}

/** Values of labels; `*` alone may stand without a list. */
function ignoredLabelsOf(value: unknown): Checked<Readonly<Record<string, readonly string[]>>> {
  if (!isYamlMap(value)) return { fault: `must be a map of labels, not ${shown(value)}` }
  const labels: [string, readonly string[]][] = []
  for (const [label, list] of Object.entries(value)) {
    const values = typeof list === 'string' ? { value: [list] } : textsOf(list)
    if (values.value === undefined) return { fault: `${label} ${values.fault}` }
    labels.push([label, values.value])
  }
  return { value: Object.fromEntries(labels) }
}

function cardinalityOf(value: unknown): Checked<KubeletInstance['cardinality']> {
  return value === 'low' || value === 'orchestrator' || value === 'high'
    ? { value }
    : { fault: `must be low, orchestrator or high, not ${shown(value)}` }
}
