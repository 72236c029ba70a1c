/** The lab: the whole situation on one machine, with real processes and real protocols. */
export { runDaemon } from './daemon.ts'
export { launchLab } from './launch.ts'
export { parseNodeCount } from './nodes.ts'
export { parseRuntime, type RuntimeWish } from './runtime/index.ts'
export { takeDown, type DownReport } from './down.ts'
export {
  readFacts,
  readOwner,
  stateDir,
  type LabFacts,
  type NodeFacts,
  type StateDir,
} from './state.ts'
export type { Progress, ProgressEvent } from './progress.ts'
export { readLabStatus, type LabStatus } from './lab-status.ts'
