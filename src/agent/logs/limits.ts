/** Every number of the collector of logs, with its unit and where it comes from. */

/** A message of more bytes is cut into pieces (`max_message_size_bytes`, 256 kB for long). */
export const MAX_MESSAGE_BYTES = 256_000
/** A line of a file, as it lies there, in bytes: Docker and containerd cut theirs at 16 KiB. The rest is skipped. */
export const MAX_RAW_LINE_BYTES: number = 1024 * 1024
/** What stands at both sides of a cut (pkg/logs/internal/decoder). */
export const TRUNCATED = '...TRUNCATED...'
/** Messages that overtook an unfinished one of the other stream: then that one is taken as it is. */
export const MAX_OVERTAKING = 128
/** One read of one file, in bytes: then the next file has its turn. */
export const READ_BYTES: number = 64 * 1024
/** A batch is handed on when it has these lines or bytes (the intake takes 1,000 lines a body). */
export const BATCH_LINES = 1_000
export const BATCH_BYTES = 1_000_000
/** Files are looked at after this time, in milliseconds (`tailer_sleep_period`). */
export const POLL_MS = 1_000
/** The pod list is asked for after this time, in milliseconds. */
export const PODS_MS = 5_000
/** Files of a pod that is in the list no more are followed this long, in milliseconds (`close_timeout`). */
export const FORGET_POD_MS = 60_000
/** Files that are open at the same time (`open_files_limit`). */
export const OPEN_FILES_LIMIT = 500
/** Files of one container that are looked at, the newest: the kubelet keeps five. */
export const MAX_FILES_PER_CONTAINER = 32
/** A file is known again by this much of its beginning, in bytes. */
export const HEAD_BYTES = 256
/** Where reading stands is written at most this often, in milliseconds, and when the agent stops. */
export const REGISTRY_WRITE_MS = 1_000
/** What was not seen for this time is forgotten, in milliseconds (`auditor_ttl`). */
export const REGISTRY_FORGET_MS: number = 23 * 3_600_000
export const MAX_REGISTRY_BYTES: number = 16 * 1024 * 1024
/** What was handed to the sinks is waited for this long when the agent stops, in milliseconds. */
export const STOP_DELIVERY_MS = 2_000
