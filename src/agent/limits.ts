/** Every number of this room, with its unit and where it comes from. */

/** Answers of the kubelet, the API server and Docker, in bytes, also after inflating. */
export const MAX_ANSWER_BYTES: number = 64 * 1024 * 1024
/** One request, in milliseconds (the check instance's `timeout`). */
export const REQUEST_TIMEOUT_MS = 10_000
/** One question to Docker, in milliseconds (`docker_query_timeout`). */
export const DOCKER_TIMEOUT_MS = 5_000
/** Docker stats that are asked for at the same time. */
export const DOCKER_PARALLEL = 4
/** A token file is read again after this time: client-go's 60 s less 10 s leeway. */
export const TOKEN_REFRESH_MS = 50_000
/** A token that expires within this time is read again, at most each second. */
export const TOKEN_EXPIRY_LEEWAY_MS = 30_000
/** Back-off of reading a token again after a 401, in milliseconds: 1, 2, 4 … s. */
export const TOKEN_REFUSED_BACKOFF_MS = 1_000
export const TOKEN_REFUSED_BACKOFF_MAX_MS = 300_000
/** Kubernetes' tokens have about 1,000 bytes. */
export const MAX_TOKEN_BYTES: number = 64 * 1024
/** `datadog.yaml`, and each file of `conf.d`, in bytes. */
export const MAX_CONFIG_BYTES: number = 1024 * 1024
/** Both name lookups for kubelet candidates together, in milliseconds. */
export const LOOKUP_BUDGET_MS = 2_000
/** The pod list is kept this long (`kubelet_cache_pods_duration`). */
export const POD_LIST_CACHE_MS = 5_000
/** The kubelet's own configuration is read again after this time. */
export const CONFIGZ_CACHE_MS = 1_200_000
/** Pods of the last good list are forgotten after this time. */
export const POD_LIST_FORGET_MS = 15_000
/** Finished pods older than this are dropped and counted (`kubernetes_pod_expiration_duration`). */
export const POD_EXPIRATION_MS = 900_000
/** The stats collector's copy of `/stats/summary` and of the API server's pods. */
export const STATS_CACHE_MS = 2_000
/** A rate or monotonic count that was not given a sample for this time forgets its last one. */
export const STATEFUL_CONTEXT_MS = 900_000
/** The last runs whose execution times are kept. */
export const EXECUTION_TIMES = 32
/** A check that has not come to an end for its interval and this time has stalled: all its requests have deadlines. */
export const STALLED_CHECK_MS = 120_000
/** One question of `agent diagnose`, in milliseconds: it asks many. */
export const DIAGNOSE_REQUEST_MS = 5_000
/** Back-off of connecting to the kubelet, in milliseconds: 1, 2, 4 … s. */
export const CONNECT_BACKOFF_MS = 1_000
export const CONNECT_BACKOFF_MAX_MS = 300_000
/** Time between runs, in milliseconds. */
export const KUBELET_CHECK_INTERVAL_MS = 20_000
export const CONTAINER_CHECK_INTERVAL_MS = 15_000
/** An address of a unix socket has 108 bytes in Linux, with the final zero. */
export const MAX_SOCKET_PATH_BYTES = 100
