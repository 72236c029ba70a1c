/** The parts of an image's name, as tags show them. */
export interface ImageName {
  /** `gcr.io/datadoghq/agent` */
  readonly name: string
  /** `agent` */
  readonly short: string
  /** `7.74.0`; `latest` when nothing is said. */
  readonly tag: string
}

/** undefined for an empty name or a bare digest. A digest after `@` is cut off. */
export function splitImage(image: string): ImageName | undefined {
  const whole = image.split('@', 1)[0] ?? ''
  if (whole === '' || whole.startsWith('sha256:')) return undefined
  const slash = whole.lastIndexOf('/')
  const colon = whole.indexOf(':', slash + 1)
  const name = colon === -1 ? whole : whole.slice(0, colon)
  const tag = colon === -1 ? '' : whole.slice(colon + 1)
  return { name, short: name.slice(slash + 1), tag: tag || (image.includes('@') ? '' : 'latest') }
}
