import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { SubletError, readAll } from '../core/index.ts'

const ENDPOINTS = [
  'cadvisor',
  'summary',
  'pods',
  'resource',
  'probes',
  'metrics',
  'runningpods',
] as const

const MAX_BYTES = 512 * 1024 * 1024

interface SliceFlags {
  readonly endpoint: (typeof ENDPOINTS)[number]
  readonly tenant: string
  readonly namespace?: string
  readonly pods: string
}

/** `sublet slice …`: what would this tenant see of a captured answer? */
export function sliceCommand(): Command {
  return new Command('slice')
    .description('show, offline, what a tenant would see of a captured kubelet answer')
    .addOption(
      new Option('--endpoint <name>', 'which answer is on standard input')
        .choices(ENDPOINTS)
        .makeOptionMandatory(),
    )
    .requiredOption('--tenant <name>', 'the vcluster')
    .option('--namespace <ns>', 'its host namespace (default: vcluster-NAME)')
    .requiredOption('--pods <file>', "the kubelet's /pods of the same instant (a PodList, JSON)")
    .addHelpText(
      'after',
      `
Examples:
  kubectl get --raw /api/v1/nodes/N/proxy/pods > pods.json
  kubectl get --raw /api/v1/nodes/N/proxy/metrics/cadvisor | sublet slice --endpoint cadvisor --tenant k8s1 --pods pods.json
  sublet slice --endpoint pods --tenant k8s1 --pods pods.json < pods.json`,
    )
    .action(async (flags: SliceFlags) => {
      if (process.stdin.isTTY) {
        throw new SubletError('E_USAGE', 'the captured answer is expected on standard input', {
          hint: 'Add `< FILE`, or pipe the answer in.',
        })
      }
      const { sliceOffline } = await import('../gateway/index.ts')
      const pods = await readFile(flags.pods).catch((error: unknown) => {
        throw new SubletError('E_INPUT', `cannot read ${flags.pods}`, { cause: error })
      })
      const slice = sliceOffline({
        endpoint: flags.endpoint,
        payload: await readAll(process.stdin, MAX_BYTES),
        pods,
        tenant: {
          name: flags.tenant,
          vcluster: flags.tenant,
          hostNamespaces: [flags.namespace ?? `vcluster-${flags.tenant}`],
        },
      })
      process.stdout.write(slice)
    })
}
