import type { Condition, Deployment, ReplicaSet } from '../../../kube/index.ts'
import { findCondition, withCondition } from '../common/conditions.ts'
import { byAge } from '../common/pod-facts.ts'
import { templateHash } from '../common/template-hash.ts'
import { controllerReference } from '../common/owners.ts'
import { DEPLOYMENTS } from '../../../kube/index.ts'
import { REVISION, maxRevision, newSetAnnotations, revisionOf } from './annotations.ts'
import { createDraft, type Draft, type PlannedEvent } from './draft.ts'
import { HASH_LABEL, isRolling, sizeOf, splitSets, totalSize, wishedOf } from './replica-sets.ts'
import { newSetSize, roll } from './roll.ts'
import { isScalingEvent, scaleSets } from './scale.ts'
import {
  condition,
  countStatus,
  deadlineOf,
  hasDeadline,
  isComplete,
  rolloutStatus,
} from './status.ts'

/** What to do for a Deployment in one look. */
export interface DeploymentPlan {
  readonly create: ReplicaSet | undefined
  readonly update: readonly ReplicaSet[]
  readonly remove: readonly ReplicaSet[]
  /** The revision to write on the deployment; undefined: it is right. */
  readonly revision: string | undefined
  readonly status: NonNullable<Deployment['status']>
  readonly events: readonly PlannedEvent[]
  /** When to look again without a change, in milliseconds since 1970. */
  readonly nextAt: number | undefined
}

/**
 * Compares a Deployment with its ReplicaSets. `podsOfOld` tells how many pods of old templates have not ended yet: a
 * Recreate waits for them. After pkg/controller/deployment (1.36).
 */
export function planDeployment(
  given: Deployment,
  sets: readonly ReplicaSet[],
  podsOfOld: (newSet: ReplicaSet | undefined) => number,
  now: number,
): DeploymentPlan {
  const { newSet, oldSets } = splitSets(given, sets)
  if (given.metadata.deletionTimestamp) {
    return { ...NOTHING, status: countStatus(given, newSet, sets, now) }
  }
  const deployment = notePause(given, now)
  const draft = createDraft(deployment)
  const isPaused = deployment.spec.paused === true
  const look: Look = {
    deployment,
    newSet,
    oldSets,
    oldPods: isRolling(deployment) ? 0 : podsOfOld(newSet),
    onlyScales: isPaused || isScalingEvent(deployment, sets),
    draft,
    now,
    revision: Math.max(maxRevision(oldSets) + 1, newSet ? revisionOf(newSet) : 0),
  }
  if (newSet !== undefined) refreshNewSet(look, newSet)
  resize(look)
  const created = isTimeForNewSet(look) ? makeNewSet(look) : undefined
  const status = statusOf(look, created)
  return {
    create: created,
    update: draft.changed(),
    remove: isPaused || isComplete(deployment, status) ? tooOld(deployment, oldSets) : [],
    revision: newSet || created ? revisionToWrite(look) : undefined,
    status,
    events: draft.events,
    nextAt: nextLook(deployment, status, now),
  }
}

const NOTHING = {
  create: undefined,
  update: [],
  remove: [],
  revision: undefined,
  events: [],
  nextAt: undefined,
}

interface Look {
  readonly deployment: Deployment
  readonly newSet: ReplicaSet | undefined
  readonly oldSets: readonly ReplicaSet[]
  /** Pods of old templates that a Recreate waits for; 0 in a rolling update, which does not. */
  readonly oldPods: number
  /** It is paused, or has just been given another size: the template is not rolled out now. */
  readonly onlyScales: boolean
  readonly draft: Draft
  readonly now: number
  readonly revision: number
}

/** Brings the ReplicaSets that are there nearer to their sizes. */
function resize(look: Look): void {
  const { deployment, newSet, oldSets, draft, onlyScales } = look
  if (onlyScales) scaleSets(deployment, newSet, oldSets, draft)
  else if (!isRolling(deployment)) recreate(look)
  else if (newSet !== undefined) roll(deployment, newSet, oldSets, draft)
}

function isTimeForNewSet({ deployment, newSet, oldSets, oldPods, onlyScales }: Look): boolean {
  if (newSet !== undefined || onlyScales) return false
  return isRolling(deployment) || (totalSize(oldSets) === 0 && oldPods === 0)
}

function revisionToWrite({ deployment, revision }: Look): string | undefined {
  const wanted = String(revision)
  return deployment.metadata.annotations?.[REVISION] === wanted ? undefined : wanted
}

/** Says in the condition Progressing that the deployment is paused, or is not any more (checkPausedConditions). */
function notePause(deployment: Deployment, now: number): Deployment {
  if (!hasDeadline(deployment)) return deployment
  const conditions = deployment.status?.conditions ?? []
  const before = findCondition(conditions, 'Progressing')
  if (before?.reason === 'ProgressDeadlineExceeded') return deployment
  const wasPaused = before?.reason === 'DeploymentPaused'
  const { paused = false } = deployment.spec
  if (paused === wasPaused) return deployment
  const next = paused
    ? condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now)
    : condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now)
  const status = { ...deployment.status, conditions: withCondition(conditions, next) }
  return { ...deployment, status }
}

/** The new ReplicaSet that is there gets the deployment's annotations, its revision and minReadySeconds. */
function refreshNewSet({ deployment, draft, revision }: Look, newSet: ReplicaSet): void {
  const annotations = newSetAnnotations(deployment, newSet, revision)
  const { minReadySeconds = 0 } = deployment.spec
  const spec =
    (newSet.spec.minReadySeconds ?? 0) === minReadySeconds
      ? newSet.spec
      : { ...newSet.spec, minReadySeconds }
  draft.change(newSet, { ...newSet, metadata: { ...newSet.metadata, annotations }, spec })
}

/** First all old pods go; when the last has ended, the new ones come. */
function recreate({ deployment, newSet, oldSets, oldPods, draft }: Look): void {
  let scaled = false
  for (const set of oldSets) if (sizeOf(set) > 0) scaled = draft.scale(set, 0) || scaled
  const wished = wishedOf(deployment)
  if (!scaled && oldPods === 0 && newSet && sizeOf(newSet) !== wished) draft.scale(newSet, wished)
}

function makeNewSet({ deployment, oldSets, draft, revision }: Look): ReplicaSet {
  const { metadata, spec, status } = deployment
  const hash = templateHash(spec.template, status?.collisionCount)
  const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash }
  const replicas = newSetSize(deployment, oldSets, 0)
  const name = `${metadata.name ?? ''}-${hash}`
  if (replicas > 0) {
    const message = `Scaled up replica set ${name} from 0 to ${replicas}`
    draft.events.push({ type: 'Normal', reason: 'ScalingReplicaSet', message })
  }
  return {
    metadata: {
      name,
      namespace: metadata.namespace ?? '',
      labels,
      annotations: newSetAnnotations(deployment, undefined, revision),
      ownerReferences: [controllerReference(DEPLOYMENTS, deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash },
      },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  }
}

function statusOf(look: Look, created: ReplicaSet | undefined): DeploymentPlan['status'] {
  const { deployment, newSet, oldSets, now, onlyScales } = look
  const all = newSet ? [...oldSets, newSet] : oldSets
  if (onlyScales) return countStatus(deployment, newSet, all, now)
  const news = hasDeadline(deployment) ? newsOfNewSet(look, created) : undefined
  if (news === undefined) return rolloutStatus(deployment, newSet, all, now)
  const conditions = withCondition(deployment.status?.conditions ?? [], news)
  const noted = { ...deployment, status: { ...deployment.status, conditions } }
  return rolloutStatus(noted, created ?? newSet, created ? [...all, created] : all, now)
}

/** The condition Progressing for a new ReplicaSet that was just made, or found by a deployment that had none. */
function newsOfNewSet(
  { deployment, newSet, now }: Look,
  created: ReplicaSet | undefined,
): Condition | undefined {
  const progressing = (reason: string, message: string): Condition =>
    condition('Progressing', 'True', reason, message, now)
  if (created !== undefined) {
    const { name = '' } = created.metadata
    return progressing('NewReplicaSetCreated', `Created new replica set "${name}"`)
  }
  if (newSet === undefined) return undefined
  const isKnown = findCondition(deployment.status?.conditions ?? [], 'Progressing') !== undefined
  if (isKnown) return undefined
  const { name = '' } = newSet.metadata
  return progressing('FoundNewReplicaSet', `Found new replica set "${name}"`)
}

/** Old ReplicaSets beyond the history that is kept, the lowest revisions first. */
function tooOld(deployment: Deployment, oldSets: readonly ReplicaSet[]): ReplicaSet[] {
  const { revisionHistoryLimit = 10 } = deployment.spec
  const alive = oldSets.filter(({ metadata }) => !metadata.deletionTimestamp)
  return alive
    .sort((a, b) => revisionOf(a) - revisionOf(b) || byAge(a, b))
    .slice(0, Math.max(0, alive.length - revisionHistoryLimit))
    .filter((set) => {
      const { replicas = 0, observedGeneration = 0 } = set.status ?? {}
      const seen = (set.metadata.generation ?? 0) <= observedGeneration
      return replicas === 0 && sizeOf(set) === 0 && seen
    })
}

function nextLook(
  deployment: Deployment,
  status: DeploymentPlan['status'],
  now: number,
): number | undefined {
  if (deployment.spec.paused || isComplete(deployment, status)) return undefined
  const at = deadlineOf(deployment, status)
  // A second more: times are written without their fraction.
  return at === undefined || at < now ? undefined : at + 1000
}
