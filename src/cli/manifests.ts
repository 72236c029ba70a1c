import { Command, Option } from 'commander'
import { SubletError } from '../core/index.ts'
import type { Side } from './print-manifests.ts'

/** What Kubernetes takes as the name of a namespace or a Service. */
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Names go into YAML, paths and shell lines to copy, so that nothing but a name may pass. */
function assertName(flag: string, name: string): string {
  if (NAME.test(name)) return name
  throw new SubletError(
    'E_USAGE',
    `${flag} ${JSON.stringify(name)} is no name (small letters, digits, hyphens; 63 at most)`,
    { hint: 'Names of vclusters: `vcluster list`; of namespaces: `kubectl get namespaces`.' },
  )
}

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
      const vcluster = assertName('--vcluster', flags.vcluster)
      const hostNamespace = assertName('--namespace', flags.namespace ?? `vcluster-${vcluster}`)
      process.stdout.write(
        printManifests(remedyOf(id), {
          vcluster,
          hostNamespace,
          ...(flags.side === undefined ? {} : { side: flags.side }),
        }),
      )
    })
}
