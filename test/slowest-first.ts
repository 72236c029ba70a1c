import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** They start labs, the longest first: begun last, one of them runs on alone for half a minute. */
const SLOWEST = [
  'deploy-lab',
  'lab-compare',
  'lab-interrupts',
  'doctor',
  'lab-troubles',
  'lab-nodes',
  'lab-replay',
  'vcluster-options',
  'runtime-engine',
  'apiserver-kubectl',
  'gateway-serve',
  'kubelet-pods',
]

/** The order in which Vitest knows files by their size, but for those that take long. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      // Files that have a process of their own go before: between others they end processes that could be used again.
      if (project.config.isolate) return -1
      const at = SLOWEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return at === -1 ? SLOWEST.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
