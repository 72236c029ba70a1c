import type { Job, Pod } from '../../../kube/index.ts'

/** A rule of a Job's `podFailurePolicy`. */
export interface FailureRule {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'
  readonly onExitCodes?: {
    readonly containerName?: string
    readonly operator: 'In' | 'NotIn'
    readonly values: readonly number[]
  }
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[]
}

export interface RuleMatch {
  readonly action: FailureRule['action']
  /** What a job says that fails by it. */
  readonly message: string
}

/** The first rule that a failed pod matches (pod_failure_policy.go); undefined: it counts as any failure does. */
export function matchRule({ spec }: Job, pod: Pod): RuleMatch | undefined {
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const what = rule.onExitCodes ? byExitCode(rule.onExitCodes, pod) : byCondition(rule, pod)
    if (what === undefined) continue
    const why = rule.onExitCodes
      ? `Container ${what.name} for pod ${name} failed with exit code ${what.exitCode ?? 0}`
      : `Pod ${name} has condition ${what.name}`
    return { action: rule.action, message: `${why} matching ${rule.action} rule at index ${index}` }
  }
  return undefined
}

interface Matched {
  readonly name: string
  readonly exitCode?: number
}

function byExitCode(
  wanted: NonNullable<FailureRule['onExitCodes']>,
  { status }: Pod,
): Matched | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  for (const { name, state } of all) {
    const exitCode = state.terminated?.exitCode ?? 0
    if (exitCode === 0) continue
    if (wanted.containerName !== undefined && wanted.containerName !== name) continue
    if (wanted.values.includes(exitCode) === (wanted.operator === 'In')) return { name, exitCode }
  }
  return undefined
}

function byCondition({ onPodConditions }: FailureRule, { status }: Pod): Matched | undefined {
  const found = (status?.conditions ?? []).find((one) =>
    (onPodConditions ?? []).some(
      ({ type, status: wanted = 'True' }) => type === one.type && wanted === one.status,
    ),
  )
  return found && { name: found.type }
}
