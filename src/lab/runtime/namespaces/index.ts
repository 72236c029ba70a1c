/** Containers in mount and pid namespaces of their own, by util-linux. */
export { namespacesIsolation } from './isolation.ts'
export { probeNamespaces, type Probe } from './probe.ts'
