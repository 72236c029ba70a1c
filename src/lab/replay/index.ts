/** Runs the commands of a Markdown runbook against the lab. */
export {
  replay,
  type CommandResult,
  type ReplayEvent,
  type ReplayOptions,
  type ReplayReport,
  type StepInfo,
  type StepResult,
} from './replay.ts'
