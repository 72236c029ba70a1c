/** A virtual cluster: a control plane of its own and the syncer between it and the host, as in a real vcluster's pod. */
export { runVcluster, type Vcluster, type VclusterOptions } from './run-vcluster.ts'
export { runVclusterFromEnvironment } from './from-environment.ts'
export { VCLUSTER_IMAGE, vclusterHostManifests, type HostManifestOptions } from './manifests.ts'
export { corednsWorkload, vclusterWorkloads, type WorkloadOptions } from './workloads.ts'
