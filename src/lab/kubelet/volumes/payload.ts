/** What a volume's directory shall hold: relative paths to bytes and mode. */
export type Payload = Map<string, { readonly data: Buffer; readonly mode: number }>

/** Why a volume cannot be made now; the kubelet tries again. */
export class VolumeNotReady extends Error {
  override readonly name = 'VolumeNotReady'
}

/** Refuses paths that would leave the volume: absolute ones and those with `..`. */
export function checkRelative(path: string): string {
  if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
    throw new VolumeNotReady(`invalid path in volume: ${JSON.stringify(path)}`)
  }
  return path
}

/**
 * The files of a secret or config map: all keys, or those of `items` at their paths (a missing key is an error unless
 * `optional`).
 */
export function projectKeys(
  values: ReadonlyMap<string, Buffer>,
  options: {
    readonly what: string
    readonly items?: readonly { key: string; path: string; mode?: number }[] | undefined
    readonly defaultMode: number
    readonly optional: boolean
  },
): Payload {
  const payload: Payload = new Map()
  if (options.items === undefined || options.items.length === 0) {
    for (const [key, data] of values)
      payload.set(checkRelative(key), { data, mode: options.defaultMode })
    return payload
  }
  for (const item of options.items) {
    const data = values.get(item.key)
    if (data !== undefined) {
      payload.set(checkRelative(item.path), { data, mode: item.mode ?? options.defaultMode })
    } else if (!options.optional) {
      throw new VolumeNotReady(`${options.what} references non-existent key: ${item.key}`)
    }
  }
  return payload
}
