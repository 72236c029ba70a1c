import type { KubeObject } from '../../kube/index.ts'

/** An object and its JSON, which is made at most once. */
export interface Encoded {
  readonly object: KubeObject
  /** `{"kind":…,"apiVersion":…,"metadata":…}` */
  bytes(): Buffer
  /** Of these bytes, those after kind and version: from `"metadata":` on. Items of lists begin there. */
  item(): Buffer
  /** Of these bytes, the metadata alone. */
  metadata(): Buffer
}

interface Bytes {
  readonly all: Buffer
  readonly metadataAt: number
  readonly metadataEnd: number
}

const METADATA = '"metadata":'

/** The object in the order of a kube-apiserver's JSON: kind, version, metadata, and the rest. */
export function encoded(object: KubeObject): Encoded {
  const { kind, apiVersion, metadata, ...rest } = object
  const ordered = { kind, apiVersion, metadata, ...rest } as KubeObject
  let made: Bytes | undefined
  const get = (): Bytes => (made ??= encode(ordered))
  return {
    object: ordered,
    bytes: () => get().all,
    item: () => get().all.subarray(get().metadataAt - METADATA.length),
    metadata: () => get().all.subarray(get().metadataAt, get().metadataEnd),
  }
}

function encode({ kind, apiVersion, metadata, ...rest }: KubeObject): Bytes {
  const about = JSON.stringify({ kind, apiVersion })
  const head = `${about.slice(0, -1)}${about.length > 2 ? ',' : ''}${METADATA}`
  const middle = JSON.stringify(metadata)
  const tail = JSON.stringify(rest)
  const text = `${head}${middle}${tail.length > 2 ? `,${tail.slice(1)}` : '}'}`
  // Memory of its own: a piece of a shared one would keep all of that alive.
  const all = Buffer.allocUnsafeSlow(Buffer.byteLength(text))
  all.write(text)
  const metadataAt = Buffer.byteLength(head)
  return { all, metadataAt, metadataEnd: metadataAt + Buffer.byteLength(middle) }
}
