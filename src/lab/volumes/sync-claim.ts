import {
  PERSISTENTVOLUMECLAIMS,
  PERSISTENTVOLUMES,
  PODS,
  STORAGECLASSES,
  type PersistentVolumeClaim,
  type Pod,
} from '../../kube/index.ts'
import { parseKey, writes } from '../controllers/index.ts'
import { referenceOf } from '../events/index.ts'
import type { VolumeContext } from './controller.ts'
import { usersOf } from './in-use.ts'
import { isKeptFor, matchVolume } from './match-volume.ts'
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  DEFAULT_CLASS,
  PROVISIONER,
  PROVISIONER_KEYS,
  PVC_PROTECTION,
  PV_PROTECTION,
  SELECTED_NODE,
  specOf,
  type PersistentVolume,
  type StorageClass,
} from './objects.ts'
import { referenceTo, volumeFor } from './provision.ts'

/** Brings one claim a step on: to a volume, or away. */
export async function syncClaim(context: VolumeContext, key: string): Promise<void> {
  const { informers } = context
  const claim = informers.of<PersistentVolumeClaim>(PERSISTENTVOLUMECLAIMS).get(parseKey(key))
  if (claim === undefined) return
  if (claim.metadata.deletionTimestamp !== undefined) {
    await release(context, claim)
    return
  }
  if (claim.status?.['phase'] === 'Bound') {
    await noticeLoss(context, claim)
    return
  }
  const of = classOf(context, claim)
  const volumes = informers.of<PersistentVolume>(PERSISTENTVOLUMES).list()
  // The scheduler chooses for a claim that waits for its consumer.
  const possible = waits(of, claim) ? volumes.filter((one) => isKeptFor(one, claim)) : volumes
  const found = matchVolume(claim, of?.name ?? '', possible)
  if (found !== undefined) await bind(context, claim, found, of?.name)
  else if (specOf(claim).volumeName === undefined) await provision(context, claim, of)
}

interface Class {
  readonly name: string
  readonly found: StorageClass | undefined
}

const waits = (of: Class | undefined, claim: PersistentVolumeClaim): boolean =>
  of?.found?.volumeBindingMode === 'WaitForFirstConsumer' && specOf(claim).volumeName === undefined

/** The class that a claim names; one that names none is of the default class, if there is one. */
function classOf({ informers }: VolumeContext, claim: PersistentVolumeClaim): Class | undefined {
  const classes = informers.of<StorageClass>(STORAGECLASSES)
  const { storageClassName: name } = specOf(claim)
  if (name === '') return undefined
  if (name !== undefined) return { name, found: classes.get({ name }) }
  const found = classes
    .list()
    .find(({ metadata }) => metadata.annotations?.[DEFAULT_CLASS] === 'true')
  return found && { name: found.metadata.name ?? '', found }
}

/** Writes down at both that they belong together. */
async function bind(
  context: VolumeContext,
  claim: PersistentVolumeClaim,
  found: PersistentVolume,
  className: string | undefined,
): Promise<void> {
  let volume = found
  if (!volume.spec.claimRef?.uid || !isKeptFor(volume, claim)) {
    const { metadata, spec } = found
    const isOurChoice = spec.claimRef === undefined
    const annotations = {
      ...metadata.annotations,
      ...(isOurChoice ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}),
    }
    volume = await writes.update(context, PERSISTENTVOLUMES, {
      ...found,
      metadata: {
        ...metadata,
        annotations,
        finalizers: withOne(metadata.finalizers, PV_PROTECTION),
      },
      spec: { ...spec, claimRef: referenceTo(claim) },
    })
  }
  const { metadata, spec } = claim
  const isChosen = specOf(claim).volumeName === undefined
  const written = await writes.update(context, PERSISTENTVOLUMECLAIMS, {
    ...claim,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [BIND_COMPLETED]: 'yes',
        ...(isChosen ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}),
      },
      finalizers: withOne(metadata.finalizers, PVC_PROTECTION),
    },
    spec: {
      ...spec,
      volumeName: volume.metadata.name ?? '',
      ...(className === undefined ? {} : { storageClassName: className }),
    },
  })
  const { accessModes, capacity } = volume.spec
  const status = { phase: 'Bound', accessModes, capacity }
  await writes.writeStatus(context, PERSISTENTVOLUMECLAIMS, written, status)
}

/** Makes a volume, or says why there is none yet. */
async function provision(
  context: VolumeContext,
  claim: PersistentVolumeClaim,
  of: Class | undefined,
): Promise<void> {
  const recorder = context.recorder('persistentvolume-controller')
  const about = referenceOf(PERSISTENTVOLUMECLAIMS, claim)
  if (of === undefined) {
    const why = 'no persistent volumes available for this claim and no storage class is set'
    recorder.event(about, 'Normal', 'FailedBinding', why)
    return
  }
  if (of.found === undefined) {
    const why = `storageclass.storage.k8s.io "${of.name}" not found`
    recorder.event(about, 'Warning', 'ProvisioningFailed', why)
    return
  }
  const annotations = { ...claim.metadata.annotations }
  if (waits(of, claim) && !annotations[SELECTED_NODE]) {
    const { reason, message } = whyItWaits(context, claim)
    recorder.event(about, 'Normal', reason, message)
    return
  }
  const { provisioner } = of.found
  for (const key of PROVISIONER_KEYS) annotations[key] = provisioner
  const why = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
  recorder.event(about, 'Normal', 'ExternalProvisioning', why)
  const isAsked = claim.metadata.annotations?.[PROVISIONER_KEYS[1]] === provisioner
  const asked = isAsked
    ? claim
    : await writes.update(context, PERSISTENTVOLUMECLAIMS, {
        ...claim,
        metadata: { ...claim.metadata, annotations },
      })
  if (provisioner === PROVISIONER) await provisionFolder(context, asked, of.name, of.found)
}

async function provisionFolder(
  context: VolumeContext,
  claim: PersistentVolumeClaim,
  className: string,
  of: StorageClass,
): Promise<void> {
  const about = referenceOf(PERSISTENTVOLUMECLAIMS, claim)
  const recorder = context.recorder(`${PROVISIONER}_minikube`)
  const { namespace = '', name = '' } = claim.metadata
  const what = `External provisioner is provisioning volume for claim "${namespace}/${name}"`
  recorder.event(about, 'Normal', 'Provisioning', what)
  const volume = await writes.create(context, PERSISTENTVOLUMES, volumeFor(claim, of))
  const done = `Successfully provisioned volume ${volume.metadata.name ?? ''}`
  recorder.event(about, 'Normal', 'ProvisioningSucceeded', done)
  await bind(context, claim, volume, className)
}

/** There is no consumer yet, or the scheduler has no node for those that there are. */
function whyItWaits(
  { informers }: VolumeContext,
  claim: PersistentVolumeClaim,
): { readonly reason: string; readonly message: string } {
  const names = usersOf(claim.metadata, informers.of<Pod>(PODS).list())
    .filter(({ spec, status }) => !spec.nodeName && status?.conditions?.some(isUnscheduled))
    .map(({ metadata }) => metadata.name ?? '')
  if (names.length === 0) {
    const message = 'waiting for first consumer to be created before binding'
    return { reason: 'WaitForFirstConsumer', message }
  }
  const message = `waiting for pod${names.length > 1 ? 's' : ''} ${names.join(',')} to be scheduled`
  return { reason: 'WaitForPodScheduled', message }
}

const isUnscheduled = ({ type, status }: { type: string; status: string }): boolean =>
  type === 'PodScheduled' && status === 'False'

/** A bound claim whose volume is gone is lost. */
async function noticeLoss(context: VolumeContext, claim: PersistentVolumeClaim): Promise<void> {
  const { volumeName: name = '' } = specOf(claim)
  const isThere = context.informers.of(PERSISTENTVOLUMES).get({ name }) !== undefined
  if (isThere || name === '') return
  const about = referenceOf(PERSISTENTVOLUMECLAIMS, claim)
  const why = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!'
  context.recorder('persistentvolume-controller').event(about, 'Warning', 'ClaimLost', why)
  await writes.writeStatus(context, PERSISTENTVOLUMECLAIMS, claim, { phase: 'Lost' })
}

/** A claim that shall go, goes when no pod uses it. */
async function release(context: VolumeContext, claim: PersistentVolumeClaim): Promise<void> {
  const { metadata } = claim
  if (!metadata.finalizers?.includes(PVC_PROTECTION)) return
  if (usersOf(metadata, context.informers.of<Pod>(PODS).list()).length > 0) return
  const finalizers = metadata.finalizers.filter((one) => one !== PVC_PROTECTION)
  const next = { ...claim, metadata: { ...metadata, finalizers } }
  await context.client.update(PERSISTENTVOLUMECLAIMS, next, { signal: context.signal })
}

const withOne = (finalizers: readonly string[] | undefined, one: string): string[] => [
  ...new Set([...(finalizers ?? []), one]),
]
