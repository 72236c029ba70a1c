import { homedir } from 'node:os'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { withSignals } from './signals.ts'

interface DoctorFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly vclusterContext?: string
  readonly vcluster?: string
  readonly json?: true
}

/** `sublet doctor` */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('find out why an agent in a vcluster has no container metrics')
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, else ~/.kube/config')
    .option('--context <host>', "the host cluster's context (default: the current one)")
    .addOption(
      new Option(
        '--vcluster-context <context>',
        "the vcluster's own context (default: its Secret vc-NAME on the host)",
      ),
    )
    .option('--vcluster <name>', 'look at this vcluster only (default: all that the host runs)')
    .addOption(new Option('--json', 'print JSON for machines'))
    .addHelpText(
      'after',
      `
Reads only: with your rights on both sides it asks each agent's kubelet endpoint what the agent would ask.
Exit code 0: nothing found; 1: a problem; 2: wrong usage.

Examples:
  sublet doctor --vcluster k8s1
  eval "$(sublet lab env)" && sublet doctor --context minikube --json`,
    )
    .action(async (flags: DoctorFlags) => {
      const { diagnose, isProblem, renderJson, renderText } = await import('../doctor/index.ts')
      const findings = await withSignals((signal) =>
        diagnose({
          kubeconfig: flags.kubeconfig ?? defaultKubeconfig(),
          context: flags.context,
          vclusterContext: flags.vclusterContext,
          vcluster: flags.vcluster,
          signal,
        }),
      )
      process.stdout.write(flags.json ? renderJson(findings) : renderText(findings))
      if (findings.some(isProblem)) process.exitCode = 1
    })
}

/** The first file of $KUBECONFIG, as kubectl writes to it, else ~/.kube/config. */
function defaultKubeconfig(): string {
  const [first] = (process.env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '')
  return first ?? join(homedir(), '.kube', 'config')
}
