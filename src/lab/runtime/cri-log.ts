import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** The kubelet's defaults: containerLogMaxSize 10Mi; of its 5 files the lab keeps 2, the current one and `<log>.1`. */
const MAX_LOG_BYTES = 10 * 1024 * 1024
/** Longer lines are written in parts, tagged `P`, the last one `F` (containerd's limit). */
const MAX_LINE_BYTES = 16 * 1024

export interface CriLog {
  write(stream: 'stdout' | 'stderr', chunk: Buffer): void
  /** Writes what stands without a line end, and closes the file. */
  close(): void
}

/** Writes a container's output in CRI's format: `2026-11-22T11:57:51.123456789Z stdout F line`. */
export function openCriLog(path: string, maxBytes: number = MAX_LOG_BYTES): CriLog {
  const rest = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
  let size = 0
  const open = (): number => {
    mkdirSync(dirname(path), { recursive: true })
    const opened = openSync(path, 'a', 0o640)
    size = statSync(path).size
    return opened
  }
  let file: number | undefined = open()
  const append = (text: Buffer): void => {
    file ??= open()
    if (size > 0 && size + text.length > maxBytes) {
      closeSync(file)
      if (existsSync(path)) renameSync(path, `${path}.1`)
      file = open()
    }
    size += text.length
    writeSync(file, text)
  }
  const format = (stream: string, tag: 'F' | 'P', line: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${nanoTime()} ${stream} ${tag} `), line, Buffer.from('\n')])
  return {
    write(stream, chunk) {
      const lines: Buffer[] = []
      let text = rest[stream].length === 0 ? chunk : Buffer.concat([rest[stream], chunk])
      for (;;) {
        const end = text.indexOf(10)
        const long = end < 0 ? text.length > MAX_LINE_BYTES : end > MAX_LINE_BYTES
        if (end < 0 && !long) break
        const cut = long ? MAX_LINE_BYTES : end
        lines.push(format(stream, long ? 'P' : 'F', text.subarray(0, cut)))
        text = text.subarray(long ? cut : cut + 1)
      }
      rest[stream] = Buffer.from(text)
      if (lines.length > 0) append(Buffer.concat(lines))
    },
    close() {
      for (const stream of ['stdout', 'stderr'] as const) {
        if (rest[stream].length > 0) append(format(stream, 'F', rest[stream]))
        rest[stream] = Buffer.alloc(0)
      }
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}

/** RFC 3339 with nine digits, as containerd writes it. */
export function nanoTime(ms: number = performance.timeOrigin + performance.now()): string {
  const whole = Math.floor(ms)
  const nanoseconds = Math.floor((ms - whole) * 1e6)
  return new Date(whole).toISOString().replace('Z', `${String(nanoseconds).padStart(6, '0')}Z`)
}
