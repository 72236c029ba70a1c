import type { Progress } from '../lab/index.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/**
 * Prints progress on standard error: a line per finished step, and on a terminal the step under way with a spinner.
 * Standard output stays free for results.
 */
export function createProgressPrinter(stream: NodeJS.WriteStream = process.stderr): {
  readonly progress: Progress
  close(): void
} {
  const running = new Set<string>()
  const terminal = stream.isTTY
  const wide = (text: string): string => text.slice(0, Math.max(10, (stream.columns || 100) - 1))
  let frame = 0
  const clear = (): void => {
    if (terminal) stream.write('\r\u001b[2K')
  }
  const draw = (): void => {
    if (!terminal || running.size === 0) return
    frame = (frame + 1) % FRAMES.length
    clear()
    stream.write(wide(`${FRAMES[frame] ?? ''} ${[...running].join(', ')} …`))
  }
  const timer = terminal ? setInterval(draw, 80) : undefined
  timer?.unref()
  return {
    progress(event) {
      clear()
      if (event.kind === 'start') running.add(event.step)
      else if (event.kind === 'note') stream.write(`  ${event.text}\n`)
      else {
        running.delete(event.step)
        const seconds = (event.ms / 1000).toFixed(1)
        stream.write(`✓ ${event.step}${event.detail ? `  ${event.detail}` : ''}  (${seconds} s)\n`)
      }
      draw()
    },
    close() {
      clearInterval(timer)
      clear()
    },
  }
}
