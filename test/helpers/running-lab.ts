import { createStack } from '../../src/core/index.ts'
import { createKubeClient, loadKubeconfig, type KubeClient } from '../../src/kube/index.ts'
import type { LabFacts } from '../../src/lab/state.ts'
import { runSublet, temporaryLab } from './run-sublet.ts'

/** A lab with one vcluster that `sublet lab up` has started; disposing it takes it away. */
export interface RunningLab extends AsyncDisposable {
  readonly dir: string
  readonly facts: LabFacts
  /** Administrators of the host and of the vcluster. */
  readonly host: KubeClient
  readonly virtual: KubeClient
}

/** Starts a lab as a user does, with a vcluster `k8s1` and the given flags beside. */
export async function startLab(flags: readonly string[]): Promise<RunningLab> {
  const stack = createStack()
  const lab = temporaryLab()
  stack.defer(() => lab.remove())
  try {
    const always = ['--vclusters', 'k8s1', '--state-dir', lab.dir, '--json']
    const up = await runSublet(['lab', 'up', ...flags, ...always])
    if (up.code !== 0) throw new Error(`lab up: ${up.stderr}`)
    const facts = JSON.parse(up.stdout) as LabFacts
    const open = async (context: string): Promise<KubeClient> =>
      stack.use(createKubeClient((await loadKubeconfig(facts.kubeconfig, context)).options))
    const host = await open('minikube')
    const virtual = await open(facts.vclusters[0]?.context ?? '')
    return {
      dir: lab.dir,
      facts,
      host,
      virtual,
      [Symbol.asyncDispose]: async () => stack[Symbol.asyncDispose](),
    }
  } catch (error) {
    await stack[Symbol.asyncDispose]()
    throw error
  }
}
