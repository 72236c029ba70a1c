import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Container, ContainerStatus } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import { createLogText } from './log-text.ts'

/** Where a container may leave its last words, unless its spec says otherwise. */
export const TERMINATION_LOG = '/dev/termination-log'
const MAX_FILE_BYTES = 4096
const MAX_LOG_BYTES = 2048
const MAX_LOG_LINES = 80
/** Of all containers of a pod together. */
const MAX_POD_BYTES = 12 * 1024
/** More of a log than its last lines can be: each is up to 2 KiB that count, and some 50 bytes of time and stream. */
const LOG_TAIL_BYTES = 64 * 1024

/**
 * What an ended container has to say (kuberuntime, getTerminationMessage): why it never ran, then the end of its message
 * file; with `FallbackToLogsOnError`, when it failed and left none, the end of its log. Empty when there is nothing.
 */
export function terminationMessage(spec: Container, info: ContainerInfo): string {
  const path = spec.terminationMessagePath ?? TERMINATION_LOG
  const file = info.mounts.find(({ containerPath }) => containerPath === path)?.hostPath
  const written = file === undefined ? '' : readEnd(file, MAX_FILE_BYTES).toString()
  if (written !== '') return [info.startError ?? [], written].flat().join(': ')
  if (info.startError !== undefined) return info.startError
  const asksLog = spec.terminationMessagePolicy === 'FallbackToLogsOnError' && info.exitCode !== 0
  return asksLog ? lastLines(readEnd(info.logPath, LOG_TAIL_BYTES)) : ''
}

/** Of a log's end in CRI's format: the last 80 lines, and no more than their last 2 KiB. */
function lastLines(log: Buffer): string {
  const text = createLogText({ timestamps: false }).add(log)
  let start = text.length
  for (let lines = 0; start > 0; lines++) {
    const end = text.lastIndexOf(10, start - 2)
    if (lines === MAX_LOG_LINES) break
    start = end < 0 || start < 2 ? 0 : end + 1
  }
  return text.subarray(Math.max(start, text.length - MAX_LOG_BYTES)).toString()
}

/** The last bytes of a file; none when it is not there. */
function readEnd(path: string, maxBytes: number): Buffer {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return Buffer.alloc(0)
  }
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, maxBytes))
    const got = readSync(file, bytes, 0, bytes.length, size - bytes.length)
    return bytes.subarray(0, got)
  } catch {
    return Buffer.alloc(0)
  } finally {
    closeSync(file)
  }
}

/** The messages of a pod's containers share 12 KiB: each is cut to its part (the status manager's normalizeStatus). */
export function withShortMessages(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  const bytes = Math.floor(MAX_POD_BYTES / Math.max(1, statuses.length))
  const short = (state: ContainerStatus['state']): ContainerStatus['state'] => {
    const { terminated } = state
    if (Buffer.byteLength(terminated?.message ?? '') <= bytes || !terminated) return state
    const message = Buffer.from(terminated.message ?? '')
      .subarray(0, bytes)
      .toString()
    return { ...state, terminated: { ...terminated, message } }
  }
  return statuses.map((one) => ({
    ...one,
    state: short(one.state),
    lastState: short(one.lastState),
  }))
}
