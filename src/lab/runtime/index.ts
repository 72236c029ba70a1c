/** Runs containers as child processes, counts what they use, and shows them through Docker's Engine API. */
export { createProcessRuntime } from './process-runtime.ts'
export {
  chooseRuntime,
  createRuntime,
  parseRuntime,
  type RuntimeChoice,
  type RuntimeWish,
} from './create-runtime.ts'
export { sweepLeftovers } from './sweep.ts'
export { startDockerApi, type DockerApi, type DockerApiOptions } from './docker/index.ts'
export { imageExamples } from './images.ts'
export type * from './types.ts'
export { readProcess, readProcessTable } from './process-table.ts'
export { followFile, offsetOfLastLines, type Writer } from './follow-file.ts'
export { createBell, type Bell } from './wake.ts'
