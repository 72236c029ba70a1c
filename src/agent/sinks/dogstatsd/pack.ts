/** Joins messages by line ends into datagrams of at most so many bytes; one that is larger alone is left out. */
export function packDatagrams(
  messages: readonly string[],
  maxBytes: number,
): {
  readonly datagrams: readonly { readonly bytes: Buffer; readonly items: number }[]
  readonly tooLarge: number
} {
  const datagrams: { bytes: Buffer; items: number }[] = []
  let lines: string[] = []
  let size = 0
  let tooLarge = 0
  const flush = (): void => {
    if (lines.length > 0)
      datagrams.push({ bytes: Buffer.from(lines.join('\n')), items: lines.length })
    lines = []
    size = 0
  }
  for (const message of messages) {
    const bytes = Buffer.byteLength(message)
    if (bytes > maxBytes) {
      tooLarge += 1
      continue
    }
    if (size + bytes + lines.length > maxBytes) flush()
    lines.push(message)
    size += bytes
  }
  flush()
  return { datagrams, tooLarge }
}
