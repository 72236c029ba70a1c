import { parseLabelSelector } from '../kube/index.ts'
import type { Tenant } from '../tenants/index.ts'
import type { YamlValue } from './yaml-reader.ts'

export interface TenantNamespaces extends Omit<Tenant, 'name'> {
  readonly namespaceSelector?: string
}

/** What kind of tenant it is and which host namespaces are its own. */
export function readNamespaces(item: YamlValue, name: string): TenantNamespaces {
  const [vclusterValue, listed, selected, multi] = [
    item.key('vcluster'),
    item.key('hostNamespaces'),
    item.key('namespaceSelector'),
    item.key('multiNamespace'),
  ] as [YamlValue, YamlValue, YamlValue, YamlValue]
  const vcluster =
    vclusterValue.isThere && vclusterValue.isNull ? null : (vclusterValue.text() ?? name)
  const hostNamespaces = listed.items().map((entry) => entry.text() ?? '')
  const multiNamespace = multi.flag() ?? false
  if (multiNamespace && vcluster === null) multi.fault('belongs to a vcluster')
  if (multiNamespace && hostNamespaces.length !== 1) {
    listed.fault('must be the one namespace of the control plane: the others follow from it')
  }
  const selector = selected.text()
  if (selector === undefined) {
    if (hostNamespaces.length === 0) listed.fault('at least one namespace is needed')
    return { hostNamespaces, vcluster, ...(multiNamespace ? { multiNamespace } : {}) }
  }
  if (vcluster !== null) selected.fault('belongs to namespaces as a tenant, with vcluster: null')
  if (hostNamespaces.length > 0) selected.fault('give hostNamespaces or namespaceSelector')
  checkSelector(selected, selector)
  return { hostNamespaces, vcluster, namespaceSelector: selector }
}

function checkSelector(value: YamlValue, selector: string): void {
  const parsed = parseLabelSelector(selector)
  if (!parsed.ok) value.fault(parsed.message)
  else if (parsed.requirements.length === 0) value.fault('must not select every namespace')
}
