import { dnsLabelFault, dnsSubdomainFault } from '../../kube/index.ts'
import type { FieldFault } from './refusals.ts'

/** How an object of a kind may be called. RBAC's names are path segments: `system:node` is one. */
export type NameRule = 'subdomain' | 'label' | 'service' | 'path-segment'

function faultOf(rule: NameRule, name: string): string | undefined {
  switch (rule) {
    case 'label':
      return dnsLabelFault(name)
    case 'subdomain':
      return dnsSubdomainFault(name)
    case 'service':
      if (/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return undefined
      return `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`
    case 'path-segment':
      if (name === '.' || name === '..') return `may not be '${name}'`
      return /[/%]/.test(name) ? "may not contain '/' or '%'" : undefined
  }
}

/** What is wrong with an object's name, if anything. */
export function nameFault(rule: NameRule, name: string): FieldFault | undefined {
  if (name === '') {
    return {
      reason: 'FieldValueRequired',
      message: 'Required value: name or generateName is required',
      field: 'metadata.name',
    }
  }
  const fault = faultOf(rule, name)
  if (fault === undefined) return undefined
  return {
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(name)}: ${fault}`,
    field: 'metadata.name',
  }
}
