import { fromMarkdown } from 'mdast-util-from-markdown'

type Root = ReturnType<typeof fromMarkdown>
type Node = Root | Root['children'][number]
type Code = Extract<Node, { type: 'code' }>

/** A part of a runbook that does something: a block of commands, or a file that its reader is told to create. */
export type RunbookBlock = {
  /** The heading that it stands under; empty before the first. */
  readonly heading: string
  /** The line of the Markdown file on which its content begins; 1 is the first. */
  readonly line: number
  readonly content: string
} & ({ readonly kind: 'commands' } | { readonly kind: 'file'; readonly path: string })

const SHELLS = ['bash', 'sh', 'shell']
const CREATING = /\b(create|save|write|put|store|make)\b/i
/** A relative path below the working folder: no `..`, no `~`, nothing absolute. */
const FILE_NAME = /^(?!.*(^|\/)\.\.(\/|$))[\w][\w./-]*\.\w+$/

/**
 * Finds the blocks of a runbook, in order, also in lists and quotes: fenced code of a shell, and other fenced code whose
 * introduction says to create a file and names it in backquotes ("Create `values.yaml`:"). All else is for people.
 */
export function readRunbook(markdown: string): RunbookBlock[] {
  const blocks: RunbookBlock[] = []
  let heading = ''
  const visit = (parent: Extract<Node, { children: unknown }>): void => {
    const children = parent.children as readonly Node[]
    for (const [at, node] of children.entries()) {
      if (node.type === 'heading') heading = textOf(node)
      else if (node.type === 'code') {
        const block = blockOf(node, children[at - 1], heading)
        if (block !== undefined) blocks.push(block)
      } else if ('children' in node) visit(node)
    }
  }
  visit(fromMarkdown(markdown))
  return blocks
}

function blockOf(
  { lang, value, position }: Code,
  before: Node | undefined,
  heading: string,
): RunbookBlock | undefined {
  // The fence itself is on the line before.
  const line = (position?.start.line ?? 0) + 1
  const common = { heading, line, content: value }
  if (SHELLS.includes(lang ?? '')) return { kind: 'commands', ...common }
  const path = fileToCreate(before)
  return path === undefined ? undefined : { kind: 'file', path, ...common }
}

/** The file that a paragraph or heading says to create. */
function fileToCreate(node: Node | undefined): string | undefined {
  if (node?.type !== 'paragraph' && node?.type !== 'heading') return undefined
  if (!CREATING.test(textOf(node))) return undefined
  const names = node.children.flatMap((child) =>
    child.type === 'inlineCode' && FILE_NAME.test(child.value) ? [child.value] : [],
  )
  return names.at(-1)
}

/** The text of a heading or paragraph, without its markup. */
function textOf(node: object): string {
  if ('value' in node && typeof node.value === 'string') return node.value
  return 'children' in node && Array.isArray(node.children)
    ? (node.children as object[]).map(textOf).join('')
    : ''
}
