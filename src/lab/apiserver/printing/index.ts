/** How a kube-apiserver 1.36 shows objects as rows of a table (pkg/printers/internalversion/printers.go). */
import type { Kind } from '../kinds/index.ts'
import * as core from './core.ts'
import { customPrinter } from './custom.ts'
import * as network from './network.ts'
import { PODS_PRINTER } from './pods.ts'
import * as policy from './policy.ts'
import type { Printer } from './printer.ts'
import * as volumes from './volumes.ts'
import * as workloads from './workloads.ts'

export type { Printer } from './printer.ts'

/** By group and plural. A kind that is not here has a name and the time of its creation. */
const PRINTERS: Readonly<Record<string, Printer>> = {
  '/pods': PODS_PRINTER,
  '/namespaces': core.NAMESPACES_PRINTER,
  '/nodes': core.NODES_PRINTER,
  '/secrets': core.SECRETS_PRINTER,
  '/configmaps': core.CONFIGMAPS_PRINTER,
  '/serviceaccounts': core.SERVICEACCOUNTS_PRINTER,
  '/events': core.EVENTS_PRINTER,
  'events.k8s.io/events': core.EVENTS_PRINTER,
  '/services': network.SERVICES_PRINTER,
  '/endpoints': network.ENDPOINTS_PRINTER,
  '/persistentvolumes': volumes.PERSISTENTVOLUMES_PRINTER,
  '/persistentvolumeclaims': volumes.PERSISTENTVOLUMECLAIMS_PRINTER,
  '/replicationcontrollers': workloads.REPLICATIONCONTROLLERS_PRINTER,
  '/podtemplates': workloads.PODTEMPLATES_PRINTER,
  '/resourcequotas': policy.RESOURCEQUOTAS_PRINTER,
  'apps/deployments': workloads.DEPLOYMENTS_PRINTER,
  'apps/replicasets': workloads.REPLICASETS_PRINTER,
  'apps/statefulsets': workloads.STATEFULSETS_PRINTER,
  'apps/daemonsets': workloads.DAEMONSETS_PRINTER,
  'apps/controllerrevisions': workloads.CONTROLLERREVISIONS_PRINTER,
  'batch/jobs': workloads.JOBS_PRINTER,
  'batch/cronjobs': workloads.CRONJOBS_PRINTER,
  'autoscaling/horizontalpodautoscalers': policy.HORIZONTALPODAUTOSCALERS_PRINTER,
  'policy/poddisruptionbudgets': policy.PODDISRUPTIONBUDGETS_PRINTER,
  'networking.k8s.io/ingresses': network.INGRESSES_PRINTER,
  'networking.k8s.io/ingressclasses': network.INGRESSCLASSES_PRINTER,
  'networking.k8s.io/networkpolicies': network.NETWORKPOLICIES_PRINTER,
  'discovery.k8s.io/endpointslices': network.ENDPOINTSLICES_PRINTER,
  'coordination.k8s.io/leases': network.LEASES_PRINTER,
  'rbac.authorization.k8s.io/rolebindings': policy.bindingsPrinter('roleBinding'),
  'rbac.authorization.k8s.io/clusterrolebindings': policy.bindingsPrinter('clusterRoleBinding'),
  'storage.k8s.io/storageclasses': volumes.STORAGECLASSES_PRINTER,
  'storage.k8s.io/csinodes': volumes.CSINODES_PRINTER,
  'storage.k8s.io/csidrivers': volumes.CSIDRIVERS_PRINTER,
  'storage.k8s.io/volumeattachments': volumes.VOLUMEATTACHMENTS_PRINTER,
  'scheduling.k8s.io/priorityclasses': policy.PRIORITYCLASSES_PRINTER,
  'node.k8s.io/runtimeclasses': policy.RUNTIMECLASSES_PRINTER,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': policy.WEBHOOKS_PRINTER,
  'admissionregistration.k8s.io/validatingwebhookconfigurations': policy.WEBHOOKS_PRINTER,
  'apiregistration.k8s.io/apiservices': policy.APISERVICES_PRINTER,
}

/** The columns and cells of a kind. */
export function printerOf({ resource, custom }: Kind): Printer {
  if (custom) return customPrinter(custom.columns)
  return PRINTERS[`${resource.group}/${resource.plural}`] ?? core.DEFAULT_PRINTER
}
