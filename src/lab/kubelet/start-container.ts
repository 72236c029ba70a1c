import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeError } from '../../core/index.ts'
import type { Container } from '../../kube/index.ts'
import type { ContainerInfo, Mount } from '../runtime/types.ts'
import { longer, type ContainerRecord } from './container-record.ts'
import { ContainerConfigError, containerEnv, expandAll, type EnvContext } from './container-env.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import { linkContainerLog, removeOldLogs } from './log-files.ts'
import { runHook } from './lifecycle-hook.ts'
import { limitsOf } from './quantity.ts'
import { stateOf } from './pod-status.ts'
import { ImageError, pullImage } from './pull-image.ts'
import { forbiddenUser, securityOf } from './run-as.ts'
import { TERMINATION_LOG, terminationMessage } from './termination-message.ts'
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
  /** `<rootDir>/pods/<uid>` */
  readonly podDir: string
  /** `name_namespace(uid)` */
  readonly fullName: string
  /** Ends hooks: the pod is to go, or the kubelet. */
  readonly signal: AbortSignal
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
    const { isRoot } = await pullImage(record, context)
    const forbidden = forbiddenUser(record.spec, context.pod, context.fullName, isRoot)
    if (forbidden !== undefined) throw new ContainerConfigError(forbidden)
    const config = await configOf(record, attempt, context)
    const created = await runtime.createContainer(context.sandboxId, config)
    context.tell(context.pod, record, 'Normal', 'Created', 'Container created')
    await takeRecordTo(record, created, context)
    if (before) record.backOff = { delayMs: longer(record.backOff.delayMs), until: 0 }
    record.info = await runtime.startContainer(created.id)
    context.tell(context.pod, record, 'Normal', 'Started', 'Container started')
    await removeOldLogs(context.nodeRootDir, record.info)
    record.waiting = undefined
    await afterStart(record, context)
    return true
  } catch (error) {
    const { info } = record
    const ended = info && info !== before ? runtime.get(info.id) : undefined
    if (ended?.startError === undefined) fail(record, error, context.now())
    else neverRan(record, ended, describeError(error))
    tellFailure(record, describeError(error), context)
    return false
  }
}

/** Its postStart hook; when that fails, the container is ended, and whether another one comes is as after any end. */
async function afterStart(record: ContainerRecord, context: StartContext): Promise<void> {
  const { runtime, tell, pod, signal } = context
  const { info, spec } = record
  const handler = spec.lifecycle?.postStart
  if (!handler || !info) return
  try {
    await runHook(handler, record, context, signal)
  } catch {
    if (signal.aborted) return
    tell(pod, record, 'Warning', 'FailedPostStartHook', 'PostStartHook failed')
    tell(pod, record, 'Normal', 'Killing', 'FailedPostStartHook')
    const grace = pod.spec.terminationGracePeriodSeconds ?? 30
    await runtime.stopContainer(info.id, grace * 1000)
  }
}

/** The record is of the new container from now on; the one before is its last state. */
async function takeRecordTo(
  record: ContainerRecord,
  created: ContainerInfo,
  { runtime, nodeRootDir }: StartContext,
): Promise<void> {
  const { info: before } = record
  if (before) {
    record.lastTerminated = stateOf(record, runtime.idPrefix)?.terminated
    if (record.previousId !== undefined)
      await runtime.removeContainer(record.previousId).catch(() => undefined)
    record.previousId = before.id
  }
  record.info = created
  record.restarts = created.attempt
  delete record.message
  record.probedReady = undefined
  record.probedStarted = undefined
  await linkContainerLog(nodeRootDir, created)
}

/** Its program could not be started: it has ended, and whether another one comes is as after any end. */
function neverRan(record: ContainerRecord, ended: ContainerInfo, message: string): void {
  record.info = ended
  record.message = terminationMessage(record.spec, ended)
  record.waiting = { reason: 'RunContainerError', message }
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
    mounts: [
      ...(await context.volumes.mountsOf(spec)),
      await terminationMount(spec, attempt, context.podDir),
    ],
    ...(spec.workingDir ? { workingDir: spec.workingDir } : {}),
    ...securityOf(spec, context.pod),
    limits: limitsOf(spec.resources?.limits),
    requests: limitsOf({ ...spec.resources?.limits, ...spec.resources?.requests }),
    logPath: join(context.logDir, spec.name, `${attempt}.log`),
    stdin: spec.stdin ?? false,
    tty: spec.tty ?? false,
  }
}

/** An empty file for the container's last words, at the path that its spec gives. */
async function terminationMount(spec: Container, attempt: number, podDir: string): Promise<Mount> {
  const dir = join(podDir, 'containers', spec.name)
  const hostPath = join(dir, String(attempt))
  await mkdir(dir, { recursive: true })
  await rm(join(dir, String(attempt - 2)), { force: true })
  await writeFile(hostPath, '')
  await chmod(hostPath, 0o666)
  const containerPath = spec.terminationMessagePath ?? TERMINATION_LOG
  return { hostPath, containerPath, readOnly: false }
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
  if (error instanceof ImageError && error.reason === 'ErrImageNeverPull') {
    record.waiting = { reason: error.reason, message }
    record.backOff = { ...record.backOff, until: now + CONFIG_RETRY_MS }
    return
  }
  const delayMs = longer(record.backOff.delayMs)
  const reason = error instanceof ImageError ? error.reason : 'CreateContainerError'
  record.waiting = { reason, message }
  record.backOff = { delayMs, until: now + delayMs }
}

function tellFailure(record: ContainerRecord, message: string, { tell, pod }: StartContext): void {
  const { reason = '' } = record.waiting ?? {}
  if (reason === 'ErrImagePull') {
    const text = `Failed to pull image "${record.spec.image}": ${message}`
    tell(pod, record, 'Warning', 'Failed', text)
  }
  const isImage = reason === 'ErrImagePull' || reason === 'ErrImageNeverPull'
  tell(pod, record, 'Warning', 'Failed', `Error: ${isImage ? reason : message}`)
}

/** A failed pull is shown as such this long before it becomes a back-off. */
const PULL_ERROR_MS = 1000

/** While a container waits: the reasons a kubelet shows after the first failure. Returns when to look again. */
export function showBackOff(record: ContainerRecord, pod: string, now: number): number {
  const { until, delayMs } = record.backOff
  if (record.waiting?.reason === 'ErrImagePull') {
    const shownUntil = until - delayMs + PULL_ERROR_MS
    if (now < shownUntil) return shownUntil
    // As since 1.31: why the pull failed stays to be seen.
    const why = record.waiting.message ?? ''
    record.waiting = {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${record.spec.image}": ErrImagePull: ${why}`,
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
