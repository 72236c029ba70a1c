import { StringDecoder } from 'node:string_decoder'

const MAX_OUTPUT = 1024 * 1024

/** Reads what a command prints, up to the mark that tells its end. */
export interface OutputReader {
  readonly take: (chunk: Buffer) => void
  /** The exit code that the mark tells. */
  readonly told: Promise<number>
  /** Hands on what has no end of line. */
  flush(): void
  output(): string
}

/** `onOutput` gets whole lines as they come; the mark is not shown. */
export function createOutputReader(mark: string, onOutput: (text: string) => void): OutputReader {
  const decoder = new StringDecoder('utf8')
  const end = new RegExp(`\\u001e${mark} (\\d+)\\n`)
  let output = ''
  /** What was not handed on yet: the last line, which the mark may still be part of. */
  let waiting = ''
  let tell: (code: number) => void = () => undefined
  const told = new Promise<number>((resolve) => (tell = resolve))
  const show = (text: string): void => {
    if (text === '') return
    output = (output + text).slice(-MAX_OUTPUT)
    onOutput(text)
  }
  return {
    told,
    take(chunk) {
      waiting += decoder.write(chunk)
      const found = end.exec(waiting)
      if (found !== null) {
        show(waiting.slice(0, found.index))
        waiting = waiting.slice(found.index + found[0].length)
        tell(Number(found[1]))
        return
      }
      const whole = waiting.lastIndexOf('\n') + 1
      show(waiting.slice(0, whole))
      waiting = waiting.slice(whole)
    },
    flush() {
      show(waiting)
      waiting = ''
    },
    output: () => output,
  }
}
