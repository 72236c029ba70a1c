/** Before and after, measured live: each remedy is applied to an agent in the running lab, and what it sees is counted. */
import { REMEDIES, type Remedy } from '../../remedies/index.ts'
import { step, type Progress } from '../progress.ts'
import type { StateDir, LabFacts } from '../state.ts'
import { applyRemedy, labAgent, putSpec, readAgent, removeRemedy } from './apply-remedy.ts'
import { openLab } from './lab-access.ts'
import { measure } from './measure.ts'
import { readKeyIds, remedyTarget } from './remedy-target.ts'
import type { RemedyResult } from './result.ts'

export type { RemedyResult } from './result.ts'
export { compareTable } from './table.ts'
export { witness, type WitnessBrief } from './witness.ts'

export interface CompareOptions {
  readonly dir: StateDir
  readonly facts: LabFacts
  readonly remedies?: readonly Remedy[]
  /** `bin/sublet.js` */
  readonly sublet: string
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Applies the remedies one after the other to the first vcluster's agent, as the lab installs it, and measures each. In the
 * end the agent is as it was found. */
export async function compareRemedies(options: CompareOptions): Promise<RemedyResult[]> {
  await using lab = await openLab(options.dir, options.facts, options.signal)
  const target = await remedyTarget(lab)
  const found = await readAgent(lab, target)
  const baseline = labAgent(target)
  const hostKeyIds = await readKeyIds(lab.host)
  const results: RemedyResult[] = []
  try {
    for (const remedy of options.remedies ?? REMEDIES) {
      const result = await step(
        options.progress,
        `remedy ${remedy.id}`,
        async () => {
          const pod = await applyRemedy(lab, remedy, target, baseline, options.signal)
          try {
            const { sublet, signal } = options
            return await measure(lab, remedy, target, pod, { sublet, hostKeyIds, signal })
          } finally {
            await removeRemedy(lab, remedy, target)
          }
        },
        (r) => `${r.metricSamples} samples, kubelet check ${r.kubeletCheck.status}`,
      )
      results.push(result)
    }
  } finally {
    await putSpec(lab.virtual(target.vcluster), found)
  }
  return results
}
