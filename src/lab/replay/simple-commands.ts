/** A simple command: its words, and whether what it prints goes to the next one. */
export interface SimpleCommand {
  readonly words: readonly string[]
  readonly pipesOn: boolean
}

/** A piece of a command: the end of a line that goes on, a comment, a quoted text, what separates, blanks, anything else. */
const PIECE =
  /\\\n|(?<=^|\s)#[^\n]*|\\(?<escaped>.)|'(?<single>[^']*)'?|"(?<double>(?:\\.|[^"\\])*)"?|(?<separator>\|\||&&|[\n;&|(){}])|(?<blank>[^\S\n]+)|(?<plain>[^\s\\'";&|(){}]+)/gsu

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
  for (const { groups = {} } of withoutHereDocuments(text).matchAll(PIECE)) {
    const part = groups['escaped'] ?? groups['single'] ?? groups['double'] ?? groups['plain']
    if (part !== undefined) word = (word ?? '') + part
    else if (groups['separator'] !== undefined) endCommand(groups['separator'] === '|')
    else if (groups['blank'] !== undefined) endWord()
  }
  endCommand(false)
  return commands
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
