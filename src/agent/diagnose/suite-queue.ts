import { accessSync, constants, existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readSinksConfig } from '../config/read-sinks.ts'
import { messageOf } from '../go-errors.ts'
import {
  pass,
  skipped,
  trouble,
  type Diagnosis,
  type DiagnoseRun,
  type Suite,
} from './diagnosis.ts'

/** Over this the queue does not use the disk (`forwarder_storage_max_disk_ratio`). */
const FULL = 0.8

/** The queue on disk of what waits for Datadog, and the folder of the running agent. */
export const QUEUE_SUITE: Suite = {
  name: 'disk-queue',
  about: 'the queue on disk, and the folders that the agent writes to',
  async diagnose(run) {
    const { config } = run.loaded
    const found = [await folder('Run directory', config.real(config.runPath), config.runPath)]
    let storage: string | undefined
    try {
      storage = readSinksConfig(run.loaded).datadog?.storageFolder
    } catch {
      return found
    }
    if (storage === undefined) {
      const text = 'Nothing waits on disk: Datadog is no sink, or its queue is in memory only'
      return [...found, skipped('Queue', text)]
    }
    return [...found, await folder('Queue folder', storage, storage), ...waiting(run)]
  },
}

/** Whether a folder, or the nearest one above it that there is, can be written, and has room. */
async function folder(name: string, place: string, shown: string): Promise<Diagnosis> {
  let nearest = place
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest)
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK)
    const { blocks, bavail } = await statfs(nearest)
    const used = blocks === 0 ? 0 : 1 - bavail / blocks
    const text = `${shown} can be written; its disk is ${Math.round(used * 100)} % full`
    if (used <= FULL) return pass(name, text)
    const remediation = `Over ${FULL * 100} % bodies wait in memory, and are lost with the process: make room.`
    return trouble('WARNING', name, text, { remediation })
  } catch (error) {
    const remediation =
      'Mount a folder there that the agent may write to (an emptyDir, a hostPath), or set DD_RUN_PATH.'
    return trouble('FAIL', name, `${shown} cannot be written`, {
      remediation,
      rawError: messageOf(error),
    })
  }
}

/** The queue itself is the running agent's: nobody else opens it. */
function waiting({ status }: DiagnoseRun): Diagnosis[] {
  const datadog = status?.sinks.find(({ name }) => name === 'datadog')
  if (!datadog) return [skipped('Queue', 'No agent runs here that has it open')]
  const { queuedItems, queueBytes, dropped, lastError } = datadog
  const text = `${queuedItems} items wait (${queueBytes} bytes), ${dropped} were dropped`
  if (dropped === 0) return [pass('Queue', text)]
  const remediation =
    'Look at the intake; DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES gives the queue more room.'
  return [trouble('WARNING', 'Queue', text, { remediation, rawError: lastError })]
}
