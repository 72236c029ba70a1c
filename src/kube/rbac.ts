import type { PolicyRule, Role, RoleBinding, Subject, UserInfo } from './objects.ts'
import {
  describeSubject,
  keysOf,
  quote,
  ruleAllows,
  subjectKey,
  type AccessAttributes,
} from './rbac-rules.ts'

/** Where the authorizer finds the objects of the group rbac.authorization.k8s.io. */
export interface RbacSource {
  roles(namespace: string): readonly Role[]
  roleBindings(namespace: string): readonly RoleBinding[]
  clusterRoles(): readonly Role[]
  clusterRoleBindings(): readonly RoleBinding[]
  /** Changes with every change of the objects above. Without it nothing is remembered between two questions. */
  version?(): string | number
}

export interface AccessDecision {
  readonly allowed: boolean
  /** As kube-apiserver writes it: who allowed it, or which roles were not found; often empty for a refusal. */
  readonly reason: string
}

export interface RbacAuthorizer {
  authorize(user: UserInfo, wanted: AccessAttributes): AccessDecision
  /** All rules that hold for a user in a namespace, cluster-wide ones first (SelfSubjectRulesReview). */
  rulesFor(user: UserInfo, namespace: string): readonly PolicyRule[]
}

/** Members of this group may do everything, without any rule. */
const MASTERS = 'system:masters'

/**
 * Decides by roles and bindings, as the RBAC authorizer of kube-apiserver 1.36: cluster role bindings first, then the
 * role bindings of the namespace; the first rule that allows ends it. There are no rules that forbid.
 */
export function createRbacAuthorizer(source: RbacSource): RbacAuthorizer {
  const memory = createMemory(source)
  return {
    authorize(user, wanted) {
      if (user.groups?.includes(MASTERS)) return { allowed: true, reason: '' }
      const namespace = wanted.kind === 'resource' ? (wanted.namespace ?? '') : ''
      const missing: string[] = []
      for (const grant of grantsOf(memory(), user, namespace)) {
        const rules = grant.rules()
        if (rules === undefined) missing.push(grant.missing)
        else if (rules.some((rule) => ruleAllows(rule, wanted))) {
          return { allowed: true, reason: `RBAC: allowed by ${grant.describe()}` }
        }
      }
      return { allowed: false, reason: reasonOf(missing) }
    },
    rulesFor(user, namespace) {
      return [...grantsOf(memory(), user, namespace)].flatMap((one) => one.rules() ?? [])
    },
  }
}

/** A binding that names the user. */
interface Grant {
  /** undefined: the role does not exist. */
  rules(): readonly PolicyRule[] | undefined
  readonly missing: string
  describe(): string
}

function* grantsOf(index: Index, user: UserInfo, namespace: string): Generator<Grant> {
  const keys = keysOf(user)
  yield* index.cluster(keys)
  if (namespace !== '') yield* index.namespaced(namespace, keys)
}

function reasonOf(missing: readonly string[]): string {
  const unique = [...new Set(missing)]
  if (unique.length === 0) return ''
  return `RBAC: ${unique.length === 1 ? (unique[0] ?? '') : `[${unique.join(', ')}]`}`
}

interface Index {
  cluster(keys: readonly string[]): Grant[]
  namespaced(namespace: string, keys: readonly string[]): Grant[]
}

/** The index of the source as it is now; built again only when the source's version moved. */
function createMemory(source: RbacSource): () => Index {
  let last: { version: string | number; index: Index } | undefined
  return () => {
    const version = source.version?.()
    if (version === undefined) return createIndex(source)
    if (last?.version !== version) last = { version, index: createIndex(source) }
    return last.index
  }
}

interface Entry {
  /** Place in the list, so that the first binding that allows is the one that is named. */
  readonly place: number
  readonly binding: RoleBinding
  readonly subject: Subject
}

/** Bindings by subject and roles by name, each namespace when it is first asked for. */
function createIndex(source: RbacSource): Index {
  const clusterRoles = once(() => byName(source.clusterRoles()))
  const clusterEntries = once(() => bySubject(source.clusterRoleBindings(), ''))
  const spaces = new Map<string, Space>()

  const space = (namespace: string): Space => {
    let found = spaces.get(namespace)
    if (found === undefined) {
      found = {
        entries: once(() => bySubject(source.roleBindings(namespace), namespace)),
        roles: once(() => byName(source.roles(namespace))),
      }
      spaces.set(namespace, found)
    }
    return found
  }

  return {
    cluster: (keys) =>
      pick(clusterEntries(), keys).map((entry) =>
        grantOf(entry, '', (kind, name) =>
          kind === 'ClusterRole' ? clusterRoles().get(name) : undefined,
        ),
      ),
    namespaced(namespace, keys) {
      const { entries, roles } = space(namespace)
      return pick(entries(), keys).map((entry) =>
        grantOf(entry, namespace, (kind, name) =>
          (kind === 'ClusterRole' ? clusterRoles() : roles()).get(name),
        ),
      )
    },
  }
}

interface Space {
  readonly entries: () => ReadonlyMap<string, readonly Entry[]>
  readonly roles: () => ReadonlyMap<string, Role>
}

function grantOf(
  { binding, subject }: Entry,
  namespace: string,
  find: (kind: string, name: string) => Role | undefined,
): Grant {
  const { kind, name } = binding.roleRef
  const bindingName = binding.metadata.name ?? ''
  return {
    rules: () => {
      const role = find(kind, name)
      return role && (role.rules ?? [])
    },
    missing: `${kind.toLowerCase()}.rbac.authorization.k8s.io ${quote(name)} not found`,
    describe: () => {
      const what =
        namespace === ''
          ? `ClusterRoleBinding ${quote(bindingName)}`
          : `RoleBinding ${quote(`${bindingName}/${namespace}`)}`
      return `${what} of ${kind} ${quote(name)} to ${describeSubject(subject, namespace)}`
    },
  }
}

function bySubject(
  bindings: readonly RoleBinding[],
  namespace: string,
): ReadonlyMap<string, readonly Entry[]> {
  const index = new Map<string, Entry[]>()
  bindings.forEach((binding, place) => {
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace)
      if (key === undefined) continue
      const entries = index.get(key)
      if (entries === undefined) index.set(key, [{ place, binding, subject }])
      else entries.push({ place, binding, subject })
    }
  })
  return index
}

function pick(index: ReadonlyMap<string, readonly Entry[]>, keys: readonly string[]): Entry[] {
  return keys.flatMap((key) => index.get(key) ?? []).sort((a, b) => a.place - b.place)
}

function byName(roles: readonly Role[]): ReadonlyMap<string, Role> {
  return new Map(roles.map((role) => [role.metadata.name ?? '', role]))
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}
