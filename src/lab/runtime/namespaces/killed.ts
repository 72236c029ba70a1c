import type { Child, ChildPlan } from '../child.ts'

/** What `unshare` says, piece by piece, and then ends with 1, when it wants to end by the SIGKILL that ended its program. */
const WORDS = /^unshare: (sigprocmask|signal).* failed: Invalid argument\n$/
const BEGIN = 'unshare: '
const KILLED = 128 + 9

/**
 * Follows the output of `unshare`, whose end by its program's SIGKILL (for want of memory, say) fails up to util-linux 2.38:
 * takes its words out of the program's output, and the program's exit code for its own.
 */
export function followKill(onOutput: ChildPlan['onOutput']): {
  readonly onOutput: ChildPlan['onOutput']
  readonly exitCode: (child: Child) => Promise<number>
} {
  /** The last line of stderr, as long as it could be those words. */
  let held = ''
  const tell = (text: string): void => {
    if (text !== '') onOutput('stderr', Buffer.from(text, 'latin1'))
  }
  return {
    onOutput(stream, chunk) {
      if (stream === 'stdout' || (held === '' && !chunk.includes(BEGIN))) {
        onOutput(stream, chunk)
        return
      }
      const text = held + chunk.toString('latin1')
      const lastLine = text.lastIndexOf('\n', text.length - 2) + 1
      held = text.startsWith(BEGIN, lastLine) ? text.slice(lastLine) : ''
      tell(text.slice(0, text.length - held.length))
    },
    async exitCode({ ended }) {
      const code = await ended
      if (code === 1 && WORDS.test(held)) return KILLED
      tell(held)
      return code
    },
  }
}
