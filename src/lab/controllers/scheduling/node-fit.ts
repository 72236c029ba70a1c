import type { Node, PodSpec } from '../../../kube/index.ts'

interface Expression {
  key?: string
  operator?: string
  values?: string[]
}

interface Term {
  matchExpressions?: Expression[]
  matchFields?: Expression[]
}

interface Taint {
  key: string
  value?: string
  effect: string
}

interface Toleration {
  key?: string
  operator?: string
  value?: string
  effect?: string
}

/** Why a node cannot take a pod, in the scheduler's words; undefined when it can. */
export function misfitOf(spec: PodSpec, node: Node): string | undefined {
  if (!selectorMatches(spec, node) || !affinityMatches(spec, node)) {
    return "didn't match Pod's node affinity/selector"
  }
  const tolerations = (spec.tolerations ?? []) as Toleration[]
  if (node.spec?.unschedulable) {
    const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
    if (!isTolerated(cordon, tolerations)) return 'were unschedulable'
  }
  const isTainted = (node.spec?.taints ?? []).some(
    (one) => one.effect !== 'PreferNoSchedule' && !isTolerated(one, tolerations),
  )
  return isTainted ? 'had untolerated taint(s)' : undefined
}

function selectorMatches(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  return Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'

interface Affinity {
  nodeAffinity?: { [REQUIRED]?: { nodeSelectorTerms?: Term[] } }
}

/** The terms of a required node affinity, any of which suffices; undefined when there is none. */
export function requiredTerms(spec: PodSpec): readonly Term[] | undefined {
  const required = (spec.affinity as Affinity | undefined)?.nodeAffinity?.[REQUIRED]
  return required && (required.nodeSelectorTerms ?? [])
}

function affinityMatches(spec: PodSpec, node: Node): boolean {
  const terms = requiredTerms(spec)
  return terms === undefined || termsMatch(terms, node)
}

/** Whether a node matches one of the terms of a node selector; an empty term matches none. */
export function termsMatch(terms: readonly Term[], node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  const fields = { 'metadata.name': node.metadata.name ?? '' }
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false
    return (
      matchExpressions.every((one) => expressionMatches(one, labels)) &&
      matchFields.every((one) => expressionMatches(one, fields))
    )
  })
}

function expressionMatches(
  { key = '', operator, values = [] }: Expression,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    case undefined:
    default:
      return false
  }
}

function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  return tolerations.some(({ key, operator = 'Equal', value = '', effect }) => {
    if (effect && effect !== taint.effect) return false
    if (key && key !== taint.key) return false
    if (operator === 'Exists') return true
    return Boolean(key) && value === (taint.value ?? '')
  })
}

/** Whether a change of a node can change where pods may go: heartbeats cannot. */
export function placementChanged(node: Node, previous: Node | undefined): boolean {
  if (previous === undefined) return true
  const facts = ({ metadata, spec, status }: Node): string =>
    JSON.stringify([metadata.labels, spec?.taints, spec?.unschedulable, status?.allocatable])
  return facts(node) !== facts(previous)
}
