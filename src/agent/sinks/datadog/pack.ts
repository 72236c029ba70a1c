import { promisify } from 'node:util'
import { deflate, gzip } from 'node:zlib'
import type { Encoding, Payload, PayloadKind } from './payload.ts'

export interface PackLimits {
  /** Bytes of a body before and after compression. */
  readonly maxRawBytes: number
  readonly maxBytes: number
  readonly maxItems: number
}

export interface PackOptions {
  readonly kind: PayloadKind
  readonly encoding: Encoding
  readonly limits: PackLimits
  /** What stands before and after the items, which are joined by commas. */
  readonly head: string
  readonly tail: string
}

export interface Packed {
  readonly payloads: readonly Payload[]
  /** Items that are larger than a whole body may be. */
  readonly tooLarge: number
}

/**
 * Puts items, each already JSON, into as few bodies as the limits allow, in order. Filled by the size before compression;
 * a body that is still too large afterwards is halved until it fits.
 */
export async function packItems(items: readonly string[], options: PackOptions): Promise<Packed> {
  const { limits, head, tail } = options
  const frame = head.length + tail.length
  const payloads: Payload[] = []
  let tooLarge = 0
  let group: string[] = []
  let size = frame
  const flush = async (): Promise<void> => {
    const packed = await compressGroup(group, options)
    payloads.push(...packed.payloads)
    tooLarge += packed.tooLarge
    group = []
    size = frame
  }
  for (const item of items) {
    const bytes = Buffer.byteLength(item) + 1
    if (bytes + frame > limits.maxRawBytes) {
      tooLarge += 1
      continue
    }
    if (size + bytes > limits.maxRawBytes || group.length >= limits.maxItems) await flush()
    group.push(item)
    size += bytes
  }
  if (group.length > 0) await flush()
  return { payloads, tooLarge }
}

const COMPRESS: Readonly<Record<Encoding, (raw: Buffer) => Promise<Buffer>>> = {
  deflate: promisify<Buffer, Buffer>(deflate),
  gzip: promisify<Buffer, Buffer>(gzip),
  identity: (raw) => Promise.resolve(raw),
}

async function compressGroup(group: readonly string[], options: PackOptions): Promise<Packed> {
  const { kind, encoding, limits, head, tail } = options
  const body = await COMPRESS[encoding](Buffer.from(head + group.join(',') + tail))
  const items = group.length
  if (body.length <= limits.maxBytes) {
    return { payloads: [{ kind, encoding, items, body }], tooLarge: 0 }
  }
  if (items <= 1) return { payloads: [], tooLarge: items }
  const middle = Math.ceil(items / 2)
  const first = await compressGroup(group.slice(0, middle), options)
  const second = await compressGroup(group.slice(middle), options)
  return {
    payloads: [...first.payloads, ...second.payloads],
    tooLarge: first.tooLarge + second.tooLarge,
  }
}
