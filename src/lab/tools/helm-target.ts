import { SubletError } from '../../core/index.ts'
import { createKubeClient, loadKubeconfig, type KubeClient } from '../../kube/index.ts'
import { readFacts, type StateDir } from '../state.ts'

/**
 * The cluster that `helm` means: the current context of `$KUBECONFIG` (else of the lab's), or the one that is named, and
 * its namespace. Throws E_LAB_NOT_RUNNING and E_LAB_STALE, and E_USAGE for a cluster that is on no loopback address: the
 * stand-in must not touch a real one.
 */
export async function helmTarget(
  dir: StateDir,
  context: string | undefined,
): Promise<{ readonly client: KubeClient; readonly namespace: string }> {
  const file = process.env['KUBECONFIG'] ?? dir.kubeconfig
  // Of a lab that does not run there is no file, and that is what there is to say.
  if (file === dir.kubeconfig) readFacts(dir)
  const { options, namespace } = await loadKubeconfig(file, context)
  const { hostname } = new URL(options.server)
  if (!/^127\.\d+\.\d+\.\d+$/.test(hostname)) {
    throw new SubletError('E_USAGE', `${options.server} is no cluster of a lab`, {
      hint: 'The lab’s helm works on labs only: eval "$(sublet lab env)", or use the real helm.',
    })
  }
  return { client: createKubeClient(options), namespace }
}
