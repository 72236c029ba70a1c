import { SubletError } from '../../core/index.ts'

/** A command with everything that belongs to it: its here-documents, its branches, what stands on the same line. */
export interface ShellCommand {
  readonly text: string
  /** In its block; 1 is the first line. */
  readonly line: number
}

interface ParseFault {
  readonly Text: string
  readonly Pos: { readonly Line: number }
}

/**
 * Splits a block into commands, each of which begins a line. Throws E_INPUT, which names the line (`firstLine` is the
 * block's own in its file), for what bash could not read either.
 */
export async function splitCommands(block: string, firstLine: number): Promise<ShellCommand[]> {
  // Loaded here only: a shell parser in WebAssembly takes a tenth of a second.
  const { parse } = await import('sh-syntax')
  const bytes = Buffer.from(block)
  let starts: { Offset: number; Line: number }[]
  try {
    starts = (await parse(block)).Stmts.map(({ Pos }) => Pos)
  } catch (error) {
    const { Text, Pos } = error as Partial<ParseFault>
    if (Text === undefined || Pos === undefined) throw error
    throw new SubletError('E_INPUT', `line ${firstLine + Pos.Line - 1}: ${Text}`, {
      cause: error,
      hint: 'Correct the block; `bash -n` says the same.',
    })
  }
  const own = starts.filter(({ Offset }) => beginsLine(bytes, Offset))
  return own.map(({ Offset, Line }, at) => ({
    // Up to the next one: a here-document lies behind the end of its command.
    text: bytes
      .subarray(Offset, own[at + 1]?.Offset)
      .toString('utf8')
      .trimEnd(),
    line: Line,
  }))
}

/** Offsets are bytes; only blanks stand before what begins a line. */
function beginsLine(bytes: Buffer, offset: number): boolean {
  const lineStart = bytes.lastIndexOf(0x0a, offset - 1) + 1
  return offset === 0 || bytes.subarray(lineStart, offset).toString('utf8').trim() === ''
}
