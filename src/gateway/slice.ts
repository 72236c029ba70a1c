import { gunzip, gzip, gzipSync, type ZlibOptions } from 'node:zlib'
import { promisify } from 'node:util'

/** Bytes that are served to one tenant, made once per snapshot and never changed. */
export interface Slice {
  bytes(): Promise<Buffer>
  /** The same, compressed when first asked for. */
  gzipped(): Promise<Buffer>
  isCompressed(): boolean
  /** Milliseconds since the node was read, when it is old because the kubelet fails; else undefined. */
  readonly staleMs?: number | undefined
}

const compressAside = promisify(gzip)
const inflate = promisify(gunzip)

/**
 * A small one is compressed at once: in the thread pool the way there and back is most of it. (Node 20, one core: 7 KB take
 * 19 µs, or 62 µs by way of the pool; 30 KB 51 µs, or 94 µs.)
 */
async function compress(bytes: Buffer): Promise<Buffer> {
  const options = gzipOptions(bytes.length)
  return bytes.length <= SMALL ? gzipSync(bytes, options) : compressAside(bytes, options)
}

const SMALL = 64 * 1024

/**
 * Level 1 takes three quarters of the time of level 2, and makes 4 % more. A window smaller than zlib's 32 KiB makes 60 %
 * more of a node of 250 pods, and so costs time. The result fits into one chunk: each further one would be a way to the
 * thread pool and back.
 */
function gzipOptions(bytes: number): ZlibOptions {
  return { level: 1, chunkSize: MIN_CHUNK + Math.ceil(bytes / LEAST_RATIO) }
}

const MIN_CHUNK = 1024
/** Metrics shrink to a seventh or less. */
const LEAST_RATIO = 6

/**
 * A slice of these bytes. Once they are compressed and nobody has seen them as they are, `recycle` is called and they
 * are not touched any more: who asks for them later gets them from the compressed form. What has been handed out is
 * never recycled, so that a slow reader reads what it was given.
 */
export function sliceOf(made: Buffer, recycle: () => void = () => undefined): Slice {
  let held: { readonly is: 'plain' | 'compressed'; readonly bytes: Buffer } = {
    is: 'plain',
    bytes: made,
  }
  let plain: Promise<Buffer> | undefined
  let compressed: Promise<Buffer> | undefined
  const press = async (): Promise<Buffer> => {
    const bytes = await compress(held.bytes)
    if (plain === undefined) recycle()
    held = { is: 'compressed', bytes }
    return bytes
  }
  return {
    bytes() {
      plain ??= held.is === 'plain' ? Promise.resolve(held.bytes) : inflate(held.bytes)
      return plain
    },
    gzipped() {
      compressed ??= press()
      return compressed
    },
    isCompressed: () => compressed !== undefined,
  }
}
