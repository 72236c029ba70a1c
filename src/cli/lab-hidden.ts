import type { Command } from 'commander'
import { SUBLET_PROGRAM, readAll } from '../core/index.ts'

interface DaemonFlags {
  stateDir: string
  vclusters: string
  nodes: string
  runtime: string
  nodeAddress?: string
  syncNodes?: true
}

/** Commands that the lab runs for itself; they are not for people and not in `--help`. */
export function addHiddenLabCommands(lab: Command): void {
  lab
    .command('daemon', { hidden: true })
    .requiredOption('--state-dir <dir>')
    .requiredOption('--vclusters <names>')
    .requiredOption('--nodes <count>')
    .option('--runtime <kind>', '', 'auto')
    .option('--node-address <address>')
    .option('--sync-nodes')
    .action(async (flags: DaemonFlags) => {
      const { parseNodeCount, parseRuntime, runDaemon, stateDir } = await import('../lab/index.ts')
      await runDaemon({
        dir: stateDir(flags.stateDir),
        vclusters: flags.vclusters.split(',').filter((name) => name !== ''),
        nodes: parseNodeCount(flags.nodes),
        runtime: parseRuntime(flags.runtime),
        sublet: SUBLET_PROGRAM,
        syncNodes: flags.syncNodes === true,
        ...(flags.nodeAddress === undefined ? {} : { nodeAddress: flags.nodeAddress }),
      })
      // Sockets of clients that never close would keep the process; all that it owned is closed.
      process.exit()
    })
  lab
    .command('vcluster', { hidden: true })
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (argv: string[]) => {
      const { runVclusterFromEnvironment } = await import('../lab/vcluster/index.ts')
      await runProgram((signal) => runVclusterFromEnvironment(argv, process.env, signal))
    })
  lab
    .command('metrics-server', { hidden: true })
    .allowUnknownOption()
    .argument('[arguments...]')
    .action(async (argv: string[]) => {
      const { runMetricsServer } = await import('../lab/metrics-server/index.ts')
      await runProgram((signal) => runMetricsServer(argv, process.env, signal))
    })
  lab.command('witness', { hidden: true }).action(async () => {
    const { witness } = await import('../lab/compare/witness.ts')
    const brief = JSON.parse(
      (await readAll(process.stdin, 16 * 1024 * 1024)).toString('utf8'),
    ) as Parameters<typeof witness>[0]
    process.stdout.write(JSON.stringify(await witness(brief)))
  })
}

/** A container's program, until it is told to end; what it has given up waiting for does not keep the process. */
async function runProgram(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const { withProcessSignal } = await import('../lab/process-signal.ts')
  await withProcessSignal(process.env, work)
  process.exit()
}
