/** A file of an archive: a folder, a link or a small file. */
export interface TarEntry {
  /** Without the leading slash. */
  readonly name: string
  readonly mode: number
  readonly content:
    { readonly folder: true } | { readonly link: string } | { readonly text: string }
}

const BLOCK = 512

/** An archive in the ustar format (POSIX 1003.1-1988), all of it root's. Names and links have at most 100 bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)])
}

function blocksOf({ name, mode, content }: TarEntry): Buffer[] {
  const data = Buffer.from('text' in content ? content.text : '')
  const link = 'link' in content ? content.link : ''
  if (Buffer.byteLength(name) > 99 || Buffer.byteLength(link) > 99) {
    throw new RangeError(`too long for an archive: ${name}`)
  }
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, at: number, length: number): void =>
    void header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at)
  header.write('folder' in content ? `${name}/` : name, 0)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(data.length, 124, 12)
  octal(0, 136, 12)
  header.fill(' ', 148, 156)
  header.write('folder' in content ? '5' : 'link' in content ? '2' : '0', 156)
  header.write(link, 157)
  header.write('ustar\x0000', 257)
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    8,
  )
  const padding = Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)
  return [header, data, padding]
}
