/** A simple command: its words, and whether what it prints goes to the next one. */
export interface SimpleCommand {
  readonly words: readonly string[]
  readonly pipesOn: boolean
}

/**
 * The simple commands of a command, for looking at only: quotes are taken off, expansions stay as they are written,
 * here-documents are left out.
 */
export function simpleCommands(text: string): SimpleCommand[] {
  const commands: SimpleCommand[] = []
  let words: string[] = []
  let word: string | undefined
  const endWord = (): void => {
    if (word !== undefined) words.push(word)
    word = undefined
  }
  const endCommand = (pipesOn: boolean): void => {
    endWord()
    if (words.length > 0) commands.push({ words, pipesOn })
    words = []
  }
  const source = withoutHereDocuments(text)
  for (let at = 0; at < source.length; at++) {
    const here = source[at] ?? ''
    if (here === '\\') {
      const next = source[++at] ?? ''
      if (next !== '\n') word = (word ?? '') + next
    } else if (here === "'" || here === '"') {
      const end = closing(source, at)
      word = (word ?? '') + source.slice(at + 1, end)
      at = end
    } else if (here === '#' && word === undefined) {
      while (at + 1 < source.length && source[at + 1] !== '\n') at++
    } else if (/[\n;&|(){}]/.test(here)) {
      endCommand(here === '|' && source[at + 1] !== '|' && source[at - 1] !== '|')
    } else if (/\s/.test(here)) endWord()
    else word = (word ?? '') + here
  }
  endCommand(false)
  return commands
}

/** Where a quote ends; the end of the text if it never does. */
function closing(text: string, start: number): number {
  const quote = text[start] ?? ''
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === quote) return at
    if (quote === '"' && text[at] === '\\') at++
  }
  return text.length
}

/** Takes the bodies of here-documents away: what is in them is data. */
function withoutHereDocuments(text: string): string {
  const kept: string[] = []
  const waiting: string[] = []
  for (const line of text.split('\n')) {
    const [end] = waiting
    if (end !== undefined) {
      if (line.replace(/^\t+/, '') === end) waiting.shift()
      continue
    }
    kept.push(line)
    for (const match of line.matchAll(/(?<!<)<<-?\s*(["']?)(\w+)\1/g)) waiting.push(match[2] ?? '')
  }
  return kept.join('\n')
}
