import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface LogOptions {
  /** The last n lines only. */
  readonly tailLines?: number | undefined
  /** With the time of each line. */
  readonly timestamps?: boolean
}

/**
 * The text of a CRI log (`<time> <stream> <F|P> <text>` per line): what the container wrote, partial lines (`P`)
 * joined. Undefined when there is no such log.
 */
export async function readContainerLog(
  logDir: string,
  container: string,
  attempt: number,
  options: LogOptions,
): Promise<string | undefined> {
  const raw = await readFile(join(logDir, container, `${attempt}.log`), 'utf8').catch(
    () => undefined,
  )
  return raw === undefined ? undefined : logText(raw, options)
}

export function logText(raw: string, { tailLines, timestamps }: LogOptions): string {
  const lines: string[] = []
  let partial = ''
  for (const line of raw.split('\n')) {
    const match = /^(\S+) (stdout|stderr) ([FP])(?: (.*))?$/.exec(line)
    if (!match) continue
    const [, time = '', , flag, text = ''] = match
    if (partial === '' && timestamps === true) partial = `${time} `
    partial += text
    if (flag === 'P') continue
    lines.push(partial)
    partial = ''
  }
  if (partial !== '') lines.push(partial)
  const shown = tailLines === undefined ? lines : tailLines <= 0 ? [] : lines.slice(-tailLines)
  return shown.map((line) => line + '\n').join('')
}
