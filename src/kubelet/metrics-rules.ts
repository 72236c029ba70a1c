import { MAX_LABELS } from './exposition-tokenizer.ts'
import { nameTable, type NameTable } from './name-table.ts'

/** What may happen to the rows of a family. */
export type FamilyRule =
  | 'keep'
  /** Interface and socket counters: of a pod with the node's network they are the node's. */
  | 'network'
  /** Size and free space of the node's disk. */
  | 'disk-capacity'
  /** A fact about the machine, without an owner. */
  | 'machine'
  | 'unknown'

/** What a label says about whose row it is in, and what becomes of its value. */
export type LabelRole =
  /** The host namespace and the host pod's name: they find the owner, and become its virtual ones. */
  | 'namespace'
  | 'pod'
  /** The host pod's uid: must be the owner's, becomes the virtual one. */
  | 'uid'
  /** The host claim's name; becomes the virtual one. A row without a pod is its claim's. */
  | 'claim'
  /** The cgroup's path: must be the owner's, keeps what is below the node's own cgroups. */
  | 'cgroup'
  /** The container's name in the runtime: Docker's has the host pod's name in it. */
  | 'runtime-name'
  /** Kept. The rows of a container that only the host has are dropped. */
  | 'container'
  /** Kept, except that of a sandbox: the pause image comes from where the host likes. */
  | 'image'

/** The labels and families of one metrics endpoint. What is not in here is dropped. */
export interface MetricsRules {
  /** Every label that a row may have; those with a role come first. */
  readonly labels: NameTable
  /** By a label's number: its role. A label behind the last role is the container's own affair and is kept. */
  readonly roles: readonly LabelRole[]
  /** By role: the numbers of its labels. Only `uid` may have more than one. */
  readonly labelsOf: Readonly<Record<LabelRole, readonly number[]>>
  /** The labels that tell rows apart best: the first one that a row has finds its identity again. */
  readonly hashBy: readonly number[]
  /** Every owned row has a `cgroup` label, which names the pod's uid; one without is dropped. */
  readonly needsCgroup: boolean
  /** The number of the label that names a device, or -1. A device that is a path of the node's is not told. */
  readonly device: number
  /** The family whose one series says 1 where the kubelet could not read all containers. */
  readonly errorFamily: string | undefined
  familyRule(family: string): FamilyRule
}

const ROLES: readonly LabelRole[] = [
  'namespace',
  'pod',
  'uid',
  'claim',
  'cgroup',
  'runtime-name',
  'container',
  'image',
]

/** Makes the rules of one endpoint. `labels` are those with a role, `kept` the others. */
export function metricsRules(table: {
  readonly labels: Readonly<Record<string, LabelRole>>
  readonly kept: readonly string[]
  readonly needsCgroup?: boolean
  readonly errorFamily?: string
  familyRule(family: string): FamilyRule
}): MetricsRules {
  const roles = Object.values(table.labels)
  const names = [...Object.keys(table.labels), ...table.kept]
  if (names.length > MAX_LABELS) throw new RangeError('too many label names')
  const hashBy = (['cgroup', 'pod', 'claim'] as const).map((role) => roles.indexOf(role))
  return {
    labels: nameTable(names),
    roles,
    labelsOf: Object.fromEntries(
      ROLES.map((role) => [role, roles.flatMap((each, label) => (each === role ? [label] : []))]),
    ) as Record<LabelRole, number[]>,
    hashBy: hashBy.filter((label) => label >= 0),
    needsCgroup: table.needsCgroup ?? false,
    errorFamily: table.errorFamily,
    device: names.indexOf('device'),
    familyRule: (family) => table.familyRule(family),
  }
}
