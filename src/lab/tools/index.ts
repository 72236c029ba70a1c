/** What minikube, vcluster and helm do to a cluster, done to the lab: the room behind the stand-in commands. */
export { assertStandIns, labEnvironment, STAND_INS } from './stand-ins.ts'
export { addContext, readContexts, removeContext, useContext } from './contexts.ts'
export { runInContext } from './run-in-context.ts'
export {
  accessOf,
  createVcluster,
  deleteVcluster,
  ensureNamespace,
  findVcluster,
  hostClient,
  listVclusters,
  type ListedVcluster,
} from './vclusters.ts'
export { installDatadog, uninstall, type InstallOptions } from './helm.ts'
export { findRelease, listReleases, type Release } from './helm-releases.ts'
export { helmTarget } from './helm-target.ts'
