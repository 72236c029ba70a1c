/** A key that the Agent has for something that this agent does, too, and that it does not heed. */
interface Ignored {
  readonly why: string
  /** With these values the key says what is the case here anyway. */
  readonly same?: readonly string[]
}

const OFF = ['false', '0', '']
const EMPTY = ['', '{}', '[]']
const LABELS: Ignored = {
  why: 'labels, annotations and variables do not become tags here',
  same: EMPTY,
}
const DIRECT: Ignored = { why: 'this agent connects directly, through no proxy', same: EMPTY }

/** To be silent about these would mislead: somebody relies on them. By key, as `datadog.yaml` has it. */
const IGNORED: Readonly<Record<string, Ignored>> = {
  additional_endpoints: { why: 'there is one intake', same: EMPTY },
  cel_workload_exclude: { why: 'container_exclude says what is not reported', same: EMPTY },
  checks_tag_cardinality: {
    why: 'it does not concern these checks, in the Agent neither; check_tag_cardinality of an instance does',
  },
  container_env_as_tags: LABELS,
  container_labels_as_tags: LABELS,
  cri_socket_path: { why: 'containers come from Docker, the kubelet or control groups' },
  docker_env_as_tags: LABELS,
  docker_labels_as_tags: LABELS,
  hostname_file: { why: 'hostname has the name' },
  hostname_fqdn: { why: 'hostname has the name', same: OFF },
  include_ephemeral_containers: { why: 'they are reported always', same: ['true'] },
  integration_check_status_enabled: {
    why: 'datadog.agent.check_status is not sent',
    same: OFF,
  },
  kubelet_core_check_enabled: {
    why: 'there is no Python check, the kubelet check is always this one',
    same: ['true', '1'],
  },
  kubelet_wait_on_missing_container: {
    why: 'a container that is not in the pod list yet is reported from the next run on',
    same: ['0'],
  },
  kubernetes_namespace_annotations_as_tags: LABELS,
  kubernetes_namespace_labels_as_tags: LABELS,
  kubernetes_node_annotations_as_tags: LABELS,
  kubernetes_node_labels_as_tags: LABELS,
  kubernetes_pod_annotations_as_tags: LABELS,
  kubernetes_pod_labels_as_tags: LABELS,
  kubernetes_resources_annotations_as_tags: LABELS,
  kubernetes_resources_labels_as_tags: LABELS,
  'logs_config.additional_endpoints': { why: 'there is one intake', same: EMPTY },
  'logs_config.k8s_container_use_kubelet_api': { why: 'logs are read from files', same: OFF },
  'logs_config.processing_rules': { why: 'no line is changed or left out', same: EMPTY },
  min_tls_version: { why: 'it is TLS 1.2', same: ['tlsv1.2'] },
  proxy: DIRECT,
  'proxy.http': DIRECT,
  'proxy.https': DIRECT,
  'proxy.no_proxy': { ...DIRECT, why: 'no request goes through a proxy' },
}

/** Beginnings of keys of which the same holds. */
const IGNORED_FAMILIES: readonly (readonly [string, string])[] = [
  ['forwarder_', 'the value is fixed here'],
  ['secret_', 'there is no secret backend'],
  ['serializer_', 'the value is fixed here'],
]

/** The variables of a proxy that are no keys: programs written in Go heed them, and so does the Agent. */
export const PROXY_VARIABLES: readonly string[] = ['HTTP_PROXY', 'HTTPS_PROXY']

const byVariable = new Map(Object.entries(IGNORED).map(([key, one]) => [plain(key), one]))

function plain(key: string): string {
  return key.replaceAll('.', '_')
}

/**
 * Why somebody who set this key is to be told that it does nothing here; undefined: there is no need. `key` as in
 * `datadog.yaml`, or with `_` for its dots as variables have it.
 */
export function whyWithoutEffect(key: string, value: unknown): string | undefined {
  const one = byVariable.get(plain(key))
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  if (one) return one.same?.includes(text.toLowerCase()) === true ? undefined : one.why
  return IGNORED_FAMILIES.find(([start]) => key.startsWith(start))?.[1]
}

/** The key's very name is in the table: it is no misspelling. */
export const isIgnoredKey = (key: string): boolean => byVariable.has(plain(key))
