/** What a value must be. `text` is checked further by the part of the agent that uses it. */
export type KeyKind = 'text' | 'secret' | 'flag' | 'whole' | 'port' | 'list' | 'log-level'

/**
 * Every key that this agent heeds, as `datadog.yaml` has it. In the environment it is `DD_` and the key in capitals, with
 * `_` for a dot. Source: pkg/config/setup/config.go; `api_key_file` is our own.
 */
export const KEYS: Readonly<Record<string, KeyKind>> = {
  ac_exclude: 'list',
  ac_include: 'list',
  api_key: 'secret',
  api_key_file: 'text',
  cluster_name: 'text',
  confd_path: 'text',
  container_cgroup_root: 'text',
  container_exclude: 'list',
  container_exclude_logs: 'list',
  container_exclude_metrics: 'list',
  container_include: 'list',
  container_include_logs: 'list',
  container_include_metrics: 'list',
  container_proc_root: 'text',
  dd_url: 'text',
  docker_query_timeout: 'whole',
  dogstatsd_url: 'text',
  eks_fargate: 'flag',
  exclude_pause_container: 'flag',
  extra_tags: 'list',
  forwarder_storage_max_size_in_bytes: 'whole',
  forwarder_storage_path: 'text',
  health_port: 'port',
  hostname: 'text',
  kubelet_auth_token_path: 'text',
  kubelet_cache_pods_duration: 'whole',
  kubelet_client_ca: 'text',
  kubelet_client_crt: 'text',
  kubelet_client_key: 'text',
  kubelet_tls_verify: 'flag',
  kubelet_use_api_server: 'flag',
  kubernetes_http_kubelet_port: 'port',
  kubernetes_https_kubelet_port: 'port',
  kubernetes_kubelet_host: 'text',
  kubernetes_kubelet_nodename: 'text',
  kubernetes_pod_expiration_duration: 'whole',
  log_level: 'log-level',
  'logs_config.container_collect_all': 'flag',
  'logs_config.docker_path_override': 'text',
  'logs_config.logs_dd_url': 'text',
  'logs_config.logs_no_ssl': 'flag',
  'logs_config.open_files_limit': 'whole',
  'logs_config.run_path': 'text',
  logs_enabled: 'flag',
  run_path: 'text',
  serializer_compressor_kind: 'text',
  site: 'text',
  skip_ssl_validation: 'flag',
  tags: 'list',
}

/** Other names of a key, each with the one it stands for. */
export const ALIASES: Readonly<Record<string, string>> = {
  kubelet_bearer_token_path: 'kubelet_auth_token_path',
  log_enabled: 'logs_enabled',
}

/** Other names in the environment alone. */
export const ENV_ALIASES: Readonly<Record<string, string>> = {
  DD_URL: 'DD_DD_URL',
  DD_KUBELET_BEARER_TOKEN_PATH: 'DD_KUBELET_AUTH_TOKEN_PATH',
  DD_LOG_ENABLED: 'DD_LOGS_ENABLED',
}

/** The variable of a key: `logs_config.logs_no_ssl` is `DD_LOGS_CONFIG_LOGS_NO_SSL`. */
export const envNameOf = (key: string): string => `DD_${key.toUpperCase().replaceAll('.', '_')}`

/** The key of each variable. */
export const KEY_OF_ENV: ReadonlyMap<string, string> = new Map(
  Object.keys(KEYS).map((key) => [envNameOf(key), key]),
)
