import type { KubeObject } from '../../../kube/index.ts'
import { CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, ROLES } from '../../../kube/index.ts'
import { fieldsOf, listOf, sameJson, setDefaults, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { invalid, required, requiredText, unsupported } from './faults.ts'
import { kind, type Kind } from './kind.ts'

const RBAC_GROUP = 'rbac.authorization.k8s.io'

const role = {
  nameRule: 'path-segment' as const,
  validate: (object: KubeObject): FieldFault[] =>
    listOf(object['rules']).flatMap((rule, index) =>
      ruleFaults(rule, `rules[${index}]`, object.kind === 'Role'),
    ),
}

const isEmpty = (value: unknown): boolean => !Array.isArray(value) || value.length === 0

/** Source: ValidatePolicyRule of pkg/apis/rbac/validation. */
function ruleFaults(rule: Fields, path: string, isNamespaced: boolean): FieldFault[] {
  const verbs = isEmpty(rule['verbs'])
    ? [required(`${path}.verbs`, 'verbs must contain at least one value')]
    : []
  const paths = rule['nonResourceURLs']
  if (!isEmpty(paths)) {
    const field = `${path}.nonResourceURLs`
    const mixed = [rule['apiGroups'], rule['resources'], rule['resourceNames']].some(
      (each) => !isEmpty(each),
    )
    return [
      ...verbs,
      ...(isNamespaced
        ? [invalid(field, paths, 'namespaced rules cannot apply to non-resource URLs')]
        : []),
      ...(mixed
        ? [
            invalid(
              field,
              paths,
              'rules cannot apply to both regular resources and non-resource URLs',
            ),
          ]
        : []),
    ]
  }
  const groups = isEmpty(rule['apiGroups'])
    ? [required(`${path}.apiGroups`, 'resource rules must supply at least one api group')]
    : []
  const resources = isEmpty(rule['resources'])
    ? [required(`${path}.resources`, 'resource rules must supply at least one resource')]
    : []
  return [...verbs, ...groups, ...resources]
}

const binding = {
  nameRule: 'path-segment' as const,
  setDefaults(object: KubeObject): void {
    setDefaults(fieldsOf(object['roleRef']), { apiGroup: RBAC_GROUP })
    for (const subject of listOf(object['subjects'])) {
      if (subject['kind'] !== 'ServiceAccount') setDefaults(subject, { apiGroup: RBAC_GROUP })
    }
  },
  validate(object: KubeObject, old?: KubeObject): FieldFault[] {
    if (old !== undefined && !sameJson(object['roleRef'], old['roleRef'])) {
      const message = `Invalid value: ${JSON.stringify(object['roleRef'])}: cannot change roleRef`
      return [{ reason: 'FieldValueInvalid', message, field: 'roleRef' }]
    }
    const roleRef = fieldsOf(object['roleRef'])
    const kinds = object.kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole']
    return [
      ...(kinds.includes(String(roleRef['kind']))
        ? []
        : [unsupported('roleRef.kind', roleRef['kind'] ?? '', kinds)]),
      ...requiredText(roleRef, 'name', 'roleRef'),
    ]
  },
}

export const ROLE: Kind = kind(ROLES, role)
export const CLUSTERROLE: Kind = kind(CLUSTERROLES, role)
export const ROLEBINDING: Kind = kind(ROLEBINDINGS, binding)
export const CLUSTERROLEBINDING: Kind = kind(CLUSTERROLEBINDINGS, binding)
