import { Command } from 'commander'

/** `sublet manifests REMEDY --vcluster NAME` */
export function manifestsCommand(): Command {
  return new Command('manifests')
    .description('print what to apply for a remedy, host side and tenant side')
    .argument('<remedy>', 'none, token-override or gateway')
    .requiredOption('--vcluster <name>', 'the vcluster')
    .option('--namespace <ns>', 'its host namespace (default: vcluster-NAME)')
    .addHelpText('after', '\nExample: sublet manifests gateway --vcluster k8s1')
    .action(async (id: string, flags: { vcluster: string; namespace?: string }) => {
      const [{ remedyOf }, { printManifests }] = await Promise.all([
        import('../remedies/index.ts'),
        import('./print-manifests.ts'),
      ])
      process.stdout.write(
        printManifests(
          remedyOf(id),
          flags.vcluster,
          flags.namespace ?? `vcluster-${flags.vcluster}`,
        ),
      )
    })
}
