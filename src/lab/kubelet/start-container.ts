import { join } from 'node:path'
import { SubletError, describeError } from '../../core/index.ts'
import { longer, type ContainerRecord } from './container-record.ts'
import { ContainerConfigError, containerEnv, expandAll, type EnvContext } from './container-env.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import { linkContainerLog, removeOldLogs } from './log-files.ts'
import { limitsOf } from './quantity.ts'
import { stateOf } from './pod-status.ts'
import type { PodEvents } from './pod-events.ts'
import type { PodVolumes } from './volumes/pod-volumes.ts'
import { VolumeNotReady } from './volumes/payload.ts'

export interface StartContext extends EnvContext {
  readonly runtime: CountedRuntime
  readonly volumes: PodVolumes
  readonly sandboxId: string
  /** `<nodeRootDir>/var/log/pods/<ns>_<name>_<uid>` */
  readonly logDir: string
  readonly nodeRootDir: string
  readonly now: () => number
  readonly tell: PodEvents
}

/** Creates and starts the record's next container. A failure is written into the record as its waiting reason and back-off. */
export async function startContainer(
  record: ContainerRecord,
  context: StartContext,
): Promise<boolean> {
  const { runtime } = context
  const before = record.info
  const attempt = before ? before.attempt + 1 : 0
  try {
    const config = await configOf(record, attempt, context)
    const created = await runtime.createContainer(context.sandboxId, config)
    const { image } = record.spec
    const present = `Container image "${image}" already present on machine and can be accessed by the pod`
    context.tell(context.pod, record, 'Normal', 'Pulled', present)
    context.tell(context.pod, record, 'Normal', 'Created', 'Container created')
    if (before) {
      record.lastTerminated = stateOf(before, runtime.idPrefix)?.terminated
      if (record.previousId !== undefined)
        await runtime.removeContainer(record.previousId).catch(() => undefined)
      record.previousId = before.id
    }
    record.info = created
    record.restarts = attempt
    record.probedReady = undefined
    record.probedStarted = undefined
    await linkContainerLog(context.nodeRootDir, created)
    record.info = await runtime.startContainer(created.id)
    context.tell(context.pod, record, 'Normal', 'Started', 'Container started')
    await removeOldLogs(context.nodeRootDir, record.info)
    record.waiting = undefined
    if (before) record.backOff = { delayMs: longer(record.backOff.delayMs), until: 0 }
    return true
  } catch (error) {
    fail(record, error, context.now())
    tellFailure(record, context)
    return false
  }
}

async function configOf(
  record: ContainerRecord,
  attempt: number,
  context: StartContext,
): Promise<Parameters<CountedRuntime['createContainer']>[1]> {
  const { spec } = record
  const env = await containerEnv(spec, context)
  return {
    name: spec.name,
    attempt,
    image: spec.image,
    command: expandAll(spec.command, env),
    args: expandAll(spec.args, env),
    env: [...env].map(([name, value]) => ({ name, value })),
    mounts: await context.volumes.mountsOf(spec),
    limits: limitsOf(spec.resources?.limits),
    requests: limitsOf({ ...spec.resources?.limits, ...spec.resources?.requests }),
    logPath: join(context.logDir, spec.name, `${attempt}.log`),
    stdin: spec.stdin ?? false,
    tty: spec.tty ?? false,
  }
}

/** Configuration is looked at again soon: what is missing may be there in a moment. */
const CONFIG_RETRY_MS = 1000

function fail(record: ContainerRecord, error: unknown, now: number): void {
  const message = describeError(error)
  if (error instanceof ContainerConfigError || error instanceof VolumeNotReady) {
    record.waiting = { reason: 'CreateContainerConfigError', message }
    record.backOff = { ...record.backOff, until: now + CONFIG_RETRY_MS }
    return
  }
  const noImage = error instanceof SubletError && message.includes('ErrImagePull')
  const delayMs = longer(record.backOff.delayMs)
  record.waiting = { reason: noImage ? 'ErrImagePull' : 'CreateContainerError', message }
  record.backOff = { delayMs, until: now + delayMs }
}

function tellFailure(record: ContainerRecord, { tell, pod }: StartContext): void {
  const { reason, message = '' } = record.waiting ?? {}
  if (reason === 'ErrImagePull') {
    const text = `Failed to pull image "${record.spec.image}": ${message}`
    tell(pod, record, 'Warning', 'Failed', text)
    tell(pod, record, 'Warning', 'Failed', 'Error: ErrImagePull')
  } else tell(pod, record, 'Warning', 'Failed', `Error: ${message}`)
}

/** A failed pull is shown as such this long before it becomes a back-off. */
const PULL_ERROR_MS = 1000

/** While a container waits: the reasons a kubelet shows after the first failure. Returns when to look again. */
export function showBackOff(record: ContainerRecord, pod: string, now: number): number {
  const { until, delayMs } = record.backOff
  if (record.waiting?.reason === 'ErrImagePull') {
    const shownUntil = until - delayMs + PULL_ERROR_MS
    if (now < shownUntil) return shownUntil
    record.waiting = {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${record.spec.image}"`,
    }
  } else if (record.info?.phase === 'exited') {
    const delay = duration(delayMs)
    record.waiting = {
      reason: 'CrashLoopBackOff',
      message: `back-off ${delay} restarting failed container=${record.spec.name} pod=${pod}`,
    }
  }
  return until
}

/** `10s`, `2m40s`: as Go writes it. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
