import { matchesLabelSelector } from './label-selectors.ts'
import type { PolicyRule, Role } from './objects.ts'

/** Aggregated roles may select each other (`admin` selects `edit`, which selects `view`); never deeper than this. */
const MAX_ROUNDS = 10

/**
 * Fills the rules of every ClusterRole that has an aggregationRule with those of the roles it selects, as the cluster
 * role aggregation controller does: by selector, then by name, each rule once. Roles that do not change are returned
 * as the same objects, so that a caller can tell what to write.
 */
export function aggregateClusterRoles(clusterRoles: readonly Role[]): Role[] {
  let roles = [...clusterRoles]
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = aggregateOnce(roles)
    if (next.every((role, at) => role === roles[at])) break
    roles = next
  }
  return roles
}

function aggregateOnce(roles: readonly Role[]): Role[] {
  const sorted = roles.toSorted(byName)
  return roles.map((role) => {
    if (role.aggregationRule === undefined) return role
    const rules = collect(role, sorted)
    const same = JSON.stringify(rules) === JSON.stringify(role.rules ?? [])
    return same ? role : { ...role, rules }
  })
}

function collect(role: Role, all: readonly Role[]): PolicyRule[] {
  const rules = new Map<string, PolicyRule>()
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const other of all) {
      if (other.metadata.name === role.metadata.name) continue
      if (!matchesLabelSelector(selector, other.metadata.labels)) continue
      for (const rule of other.rules ?? []) rules.set(JSON.stringify(rule), rule)
    }
  }
  return [...rules.values()]
}

function byName(a: Role, b: Role): number {
  const [left = '', right = ''] = [a.metadata.name, b.metadata.name]
  return left < right ? -1 : left > right ? 1 : 0
}
