/** Every number of the sinks, with its unit and where it comes from. */

/** Items that wait in memory for one sink, between the checks and the sink; the oldest batch goes when more come. */
export const OUTLET_MAX_ITEMS = 100_000
/** A batch of log lines that a sink does not take is offered again after 1, 2, 4 … s; room is looked for each half second. */
export const DELIVER_BACKOFF_MS = 1_000
export const DELIVER_BACKOFF_MAX_MS = 30_000
export const DELIVER_ROOM_MS = 500
/** What waits is given this time when the agent stops, in milliseconds (`forwarder_stop_timeout`). */
export const STOP_TIMEOUT_MS = 2_000

/** Bodies of `/api/v2/series`: bytes before and after compression, and points (`serializer_max_series_*`). */
export const SERIES_MAX_RAW_BYTES = 5_242_880
export const SERIES_MAX_BYTES = 512_000
export const SERIES_MAX_POINTS = 10_000
/** Bodies of `/api/v1/check_run` (`serializer_max_*payload_size`). */
export const CHECK_RUN_MAX_RAW_BYTES = 4_194_304
export const CHECK_RUN_MAX_BYTES = 2_621_440
/** Bodies of `/api/v2/logs`: bytes, lines and bytes of one line (the intake's own documentation). */
export const LOGS_MAX_RAW_BYTES = 5_000_000
export const LOGS_MAX_LINES = 1_000
export const LOG_MAX_BYTES = 1_000_000

/** One request to the intake, in milliseconds (`forwarder_timeout`). */
export const FORWARDER_TIMEOUT_MS = 20_000
/** Requests to the intake at the same time; the Agent has ten. */
export const FORWARDER_PARALLEL = 4
/** Back-off of an endpoint: 2·2ⁿ s up to 64 s, n up to 6, two down for a success (`forwarder_backoff_*`). */
export const BACKOFF_BASE_MS = 2_000
export const BACKOFF_MAX_MS = 64_000
export const BACKOFF_MAX_ERRORS = 6
export const BACKOFF_RECOVERY = 2
/** A `Retry-After` of more is taken for this, in milliseconds. */
export const RETRY_AFTER_MAX_MS = 300_000
/** The key is asked about at the start and after this time (`forwarder_apikey_validation_interval`). */
export const KEY_CHECK_INTERVAL_MS = 3_600_000
export const KEY_CHECK_TIMEOUT_MS = 10_000
/** Of an answer's body, in bytes: it is shown in errors only. */
export const ANSWER_MAX_BYTES: number = 16 * 1024

/** The queue on disk: bytes of bodies, share of the disk that may be in use, age (`forwarder_storage_*`). */
export const STORAGE_MAX_BYTES: number = 100 * 1024 * 1024
export const STORAGE_MAX_DISK_RATIO = 0.8
export const STORAGE_MAX_AGE_MS: number = 10 * 24 * 3_600_000
/** What each body in a queue is counted for beside its bytes: its key and its entry in memory. */
export const STORAGE_ENTRY_BYTES = 512
/** Bodies that cannot be on disk wait in memory up to these bytes (`forwarder_retry_queue_payloads_max_size`). */
export const MEMORY_MAX_BYTES: number = 15 * 1024 * 1024

/** Series of one Prometheus page. */
export const PROMETHEUS_MAX_SERIES = 50_000
/** Counters that no batch has mentioned for this time are forgotten, in milliseconds (as the aggregator does). */
export const COUNTER_FORGET_MS = 900_000
/** Requests for the page at the same time, and one request's headers in milliseconds. */
export const PROMETHEUS_MAX_CONNECTIONS = 32
export const PROMETHEUS_REQUEST_MS = 10_000

/** One OTLP export with the exporter's own repetitions, in milliseconds (`OTEL_EXPORTER_OTLP_TIMEOUT`). */
export const OTLP_TIMEOUT_MS = 10_000
/** Points of one OTLP request: some MiB before compression. */
export const OTLP_MAX_POINTS = 10_000

/** Datagrams of DogStatsD, in bytes: what fits into one Ethernet frame, and the Agent's buffer for unix sockets. */
export const DOGSTATSD_UDP_BYTES = 1_432
export const DOGSTATSD_UNIX_BYTES = 8_192
/** Datagrams sent in one go; then others get their turn, and the receiver time to read. */
export const DOGSTATSD_BURST = 32
/** Connecting to the Agent's socket, or writing one piece to it, in milliseconds. */
export const DOGSTATSD_TIMEOUT_MS = 5_000
