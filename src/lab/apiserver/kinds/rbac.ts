import type { KubeObject } from '../../../kube/index.ts'
import { CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, ROLES } from '../../../kube/index.ts'
import { fieldsOf, listOf, sameJson, setDefaults, textOf } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { kind, type Kind } from './kind.ts'

const RBAC_GROUP = 'rbac.authorization.k8s.io'

const role = {
  nameRule: 'path-segment' as const,
  validate: (object: KubeObject): FieldFault[] =>
    listOf(object['rules']).flatMap((rule, index) =>
      Array.isArray(rule['verbs']) && rule['verbs'].length > 0
        ? []
        : [
            {
              reason: 'FieldValueRequired' as const,
              message: 'Required value: verbs must contain at least one value',
              field: `rules[${index}].verbs`,
            },
          ],
    ),
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
    if (textOf(fieldsOf(object['roleRef'])['name'])) return []
    return [{ reason: 'FieldValueRequired', message: 'Required value', field: 'roleRef.name' }]
  },
}

export const ROLE: Kind = kind(ROLES, role)
export const CLUSTERROLE: Kind = kind(CLUSTERROLES, role)
export const ROLEBINDING: Kind = kind(ROLEBINDINGS, binding)
export const CLUSTERROLEBINDING: Kind = kind(CLUSTERROLEBINDINGS, binding)
