/** A resource of the API: where it lives and how it is called. */
export interface Resource {
  /** `''` is the core group. */
  readonly group: string
  readonly version: string
  /** Plural, lower case: `pods`. */
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
}

/** A resource by its group and version (`apps/v1`), kind and plural. */
export function resource(
  groupVersion: string,
  kind: string,
  plural: string,
  namespaced: boolean,
  shortNames: readonly string[] = [],
): Resource {
  const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  return {
    group: group ?? '',
    version: version ?? 'v1',
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced,
    shortNames,
  }
}
