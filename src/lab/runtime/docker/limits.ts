/** What the Engine API façade claims to be, and its bounds. */

/** The newest version of the API that it speaks, and the oldest; Docker 28.2 offers 1.24 to 1.50. */
export const API_VERSION = '1.48'
export const MIN_API_VERSION = '1.24'
/** The release of Docker whose answers these are modelled on. */
export const ENGINE_VERSION = '28.1.1'
/** Between two lines of a stats stream, and between the two readings of a CPU share. */
export const STATS_INTERVAL_MS = 1000
/** An earlier reading serves as the first of the two if it is not older than this. */
export const STATS_MEMORY_MS = 60_000
/** Bytes that a slow reader of a stream may leave unread before its connection is closed. */
export const MAX_UNREAD_BYTES: number = 1024 * 1024
/** sun_path of unix(7), without the closing zero. */
export const MAX_SOCKET_PATH_BYTES = 107
/** Longest `filters` parameter. */
export const MAX_FILTERS_CHARACTERS = 16_384
