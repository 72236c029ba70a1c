import { SUBLET_PROGRAM, SubletError, systemCode } from '../core/index.ts'
import {
  launchLab,
  parseNodeCount,
  readFacts,
  stateDir,
  takeDown,
  type LabFacts,
  type RuntimeWish,
  type Progress,
  type StateDir,
} from '../lab/index.ts'
import type { Remedy } from '../remedies/index.ts'
import { nextSteps } from './next-steps.ts'
import { createProgressPrinter } from './progress-printer.ts'
import { withSignals } from './signals.ts'

export interface StartFlags {
  readonly runtime: RuntimeWish
  readonly vclusters: string
  readonly nodes: string
  readonly nodeAddress?: string
  readonly syncNodes?: true
  readonly stateDir?: string
  readonly json?: true
}

export interface CompareFlags extends StartFlags {
  readonly remedies?: string
  readonly keep?: true
}

/** `sublet lab up` */
export async function up(flags: StartFlags): Promise<void> {
  const dir = stateDir(flags.stateDir)
  const printer = createProgressPrinter()
  try {
    const facts = await withSignals((signal) => launch(flags, dir, printer.progress, signal))
    printer.close()
    process.stdout.write(
      flags.json ? `${JSON.stringify(facts, null, 2)}\n` : nextSteps(flags.stateDir),
    )
  } finally {
    printer.close()
  }
}

/** `sublet lab compare` */
export async function compare(flags: CompareFlags): Promise<void> {
  const dir = stateDir(flags.stateDir)
  const remedies = await chosenRemedies(flags.remedies)
  parseNodeCount(flags.nodes)
  const printer = createProgressPrinter()
  try {
    await withSignals(async (signal) => {
      const running = runningLab(dir)
      const facts = running ?? (await launch(flags, dir, printer.progress, signal))
      const keep = running !== undefined || flags.keep === true
      if (facts.vclusters.length === 0) {
        if (running === undefined) await takeDown(dir)
        throw new SubletError('E_USAGE', 'there is no vcluster to compare remedies in', {
          hint: 'Create one and put an agent into it, or start a lab that has them: `sublet lab up`.',
        })
      }
      try {
        const { compareRemedies, compareTable } = await import('../lab/compare/index.ts')
        const results = await compareRemedies({
          dir,
          facts,
          remedies,
          sublet: SUBLET_PROGRAM,
          progress: printer.progress,
          signal,
        })
        printer.close()
        process.stdout.write(
          flags.json
            ? `${JSON.stringify({ remedies: results }, null, 2)}\n`
            : `\n${compareTable(results, process.stdout.columns || 120)}\n${whereMeasured(facts)}${keep ? nextSteps(flags.stateDir) : ''}`,
        )
      } catch (error) {
        if (running === undefined) await takeDown(dir)
        throw error
      }
      if (!keep) await takeDown(dir)
    })
  } finally {
    printer.close()
  }
}

const whereMeasured = ({ nodes, nodeName }: LabFacts): string =>
  nodes.length === 1
    ? ''
    : `Measured with the agent on node ${nodeName}, the first of ${nodes.length}; each remedy is in place on all of them.\n`

async function chosenRemedies(ids: string | undefined): Promise<readonly Remedy[]> {
  const { REMEDIES, remedyOf } = await import('../remedies/index.ts')
  return ids === undefined ? REMEDIES : ids.split(',').map((id) => remedyOf(id.trim()))
}

function runningLab(dir: StateDir): LabFacts | undefined {
  try {
    return readFacts(dir)
  } catch (error) {
    if (error instanceof SubletError && error.code !== 'E_CONFIG') return undefined
    throw error
  }
}

async function launch(
  flags: StartFlags,
  dir: StateDir,
  progress: Progress,
  signal: AbortSignal,
): Promise<LabFacts> {
  // `--vclusters ''`: a host cluster only, as after `minikube start`.
  const isEmpty = flags.vclusters.trim() === ''
  const vclusters = isEmpty ? [] : flags.vclusters.split(',').map((name) => name.trim())
  const wrong = vclusters.find((name) => !/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/.test(name))
  if (wrong !== undefined) {
    throw new SubletError(
      'E_USAGE',
      `${JSON.stringify(wrong)} is no name for a vcluster (small letters, digits, hyphens)`,
    )
  }
  const nodes = parseNodeCount(flags.nodes)
  if (new Set(vclusters).size < vclusters.length)
    throw new SubletError('E_USAGE', 'two vclusters have the same name')
  try {
    return await launchLab({
      dir,
      runtime: flags.runtime,
      vclusters,
      nodes,
      sublet: SUBLET_PROGRAM,
      syncNodes: flags.syncNodes === true,
      progress,
      signal,
      ...(flags.nodeAddress === undefined ? {} : { nodeAddress: flags.nodeAddress }),
    })
  } catch (error) {
    if (systemCode(error) === 'EACCES') {
      throw new SubletError('E_NO_PERMISSION', `cannot use the state folder ${dir.root}`, {
        cause: error,
      })
    }
    throw error
  }
}
