import { once } from 'node:events'
import { parseCriLines, type CriLine } from '../cri-lines.ts'
import { followFile, offsetOfLastLines } from '../follow-file.ts'
import type { ContainerInfo, ContainerRuntime } from '../types.ts'
import { BadRequest } from './answers.ts'
import { isTrue } from './container-list.ts'
import { streamType, type Call } from './hijack.ts'
import { frame } from './multiplex.ts'
import { readTime } from './read-time.ts'

/**
 * Serves `GET /containers/{id}/logs` from the container's log: `stdout`, `stderr`, `follow`, `tail`, `since`, `until`,
 * `timestamps`. A terminal's output has no frames.
 */
export async function serveLogs(
  runtime: ContainerRuntime,
  container: ContainerInfo,
  query: URLSearchParams,
  { request, response }: Call,
  minor: number,
): Promise<void> {
  const wanted = { stdout: isTrue(query.get('stdout')), stderr: isTrue(query.get('stderr')) }
  if (!wanted.stdout && !wanted.stderr) {
    throw new BadRequest('Bad parameters: you must choose at least one stream')
  }
  const since = readTime(query, 'since') ?? -Infinity
  const until = readTime(query, 'until') ?? Infinity
  const timestamps = isTrue(query.get('timestamps'))
  const framed = container.tty !== true
  const follow = isTrue(query.get('follow')) && container.phase !== 'exited'
  const ending = new AbortController()
  response.once('close', () => ending.abort())
  request.socket.once('close', () => ending.abort())
  response.writeHead(200, { 'content-type': streamType(framed, minor) })
  response.flushHeaders()
  const tail = query.get('tail') ?? ''
  const from = /^\d{1,9}$/.test(tail) ? Number(tail) : undefined
  const chunks = followFile(
    container.logPath,
    (file) => (from === undefined ? Promise.resolve(0) : offsetOfLastLines(file, from)),
    follow ? writerOf(container.id, runtime) : undefined,
    ending.signal,
  )
  const textOf = ({ time, stream, text }: CriLine): Buffer[] => {
    const at = Date.parse(time)
    if (!wanted[stream] || at < since || at > until) return []
    const line = timestamps ? Buffer.concat([Buffer.from(`${time} `), text]) : text
    return [framed ? frame(stream, line) : line]
  }
  const parse = parseCriLines()
  try {
    for await (const chunk of chunks) {
      const out = Buffer.concat(parse(chunk).flatMap(textOf))
      if (out.length > 0 && !response.write(out)) {
        await once(response, 'drain', { signal: ending.signal })
      }
    }
  } catch {
    // A container that never ran has no log; a reader that went away wants none.
  }
  response.end()
}

function writerOf(id: string, runtime: ContainerRuntime): Parameters<typeof followFile>[2] {
  return {
    isRunning: () => (runtime.get(id)?.phase ?? 'exited') !== 'exited',
    onEnd: (listener) =>
      runtime.onEvent(({ type, container }) => {
        if (container.id === id && (type === 'die' || type === 'destroy')) listener()
      }),
  }
}
