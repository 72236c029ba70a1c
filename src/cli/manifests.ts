import { Command, Option } from 'commander'
import type { Side } from './print-manifests.ts'

/** `sublet manifests REMEDY --vcluster NAME` */
export function manifestsCommand(): Command {
  return new Command('manifests')
    .description('print what to apply for a remedy, host side and tenant side')
    .argument('<remedy>', 'none, token-override, token-path, host-agent, runtime or gateway')
    .requiredOption('--vcluster <name>', 'the vcluster')
    .option('--namespace <ns>', 'its host namespace (default: vcluster-NAME)')
    .addOption(
      new Option(
        '--side <side>',
        'only this part: host cluster, tenant, or the agent’s patch',
      ).choices(['host', 'tenant', 'patch']),
    )
    .addHelpText(
      'after',
      `
Examples:
  sublet manifests gateway --vcluster k8s1                    all of it, with the price
  sublet manifests host-agent --vcluster k8s1 --side host | kubectl --context HOST apply -f -
  sublet manifests runtime --vcluster k8s1 --side tenant | kubectl --context VCLUSTER apply -f -
  sublet manifests runtime --vcluster k8s1 --side patch |
    kubectl --context VCLUSTER patch daemonset datadog-agent -n datadog --patch-file /dev/stdin`,
    )
    .action(async (id: string, flags: { vcluster: string; namespace?: string; side?: Side }) => {
      const [{ remedyOf }, { printManifests }] = await Promise.all([
        import('../remedies/index.ts'),
        import('./print-manifests.ts'),
      ])
      process.stdout.write(
        printManifests(remedyOf(id), {
          vcluster: flags.vcluster,
          hostNamespace: flags.namespace ?? `vcluster-${flags.vcluster}`,
          ...(flags.side === undefined ? {} : { side: flags.side }),
        }),
      )
    })
}
