/** Before and after, measured live: each remedy is applied to an agent in the running lab, and what it sees is counted. */
import { SubletError } from '../../core/index.ts'
import { PODS, type Pod } from '../../kube/index.ts'
import { REMEDIES, type Remedy } from '../../remedies/index.ts'
import { step, type Progress } from '../progress.ts'
import type { StateDir, LabFacts } from '../state.ts'
import { applyRemedy, labAgent, putSpec, readAgent, removeRemedy } from './apply-remedy.ts'
import { emptiedVclusters } from '../lab-status.ts'
import { openLab, type LabAccess } from './lab-access.ts'
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
  await assertWhole(lab)
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
          const places = await applyRemedy(lab, remedy, target, baseline, options.signal)
          try {
            const { sublet, signal } = options
            return await measure(lab, remedy, target, places, { sublet, hostKeyIds, signal })
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

/** Throws E_CHILD_DIED when a vcluster's process has died meanwhile: it came back empty, with other keys. */
async function assertWhole(lab: LabAccess): Promise<void> {
  const { items } = await lab.host.list<Pod>(PODS)
  const [name] = emptiedVclusters(items, lab.facts)
  if (name === undefined) return
  throw new SubletError(
    'E_CHILD_DIED',
    `the process of vcluster ${name} died and was started again; it keeps its state in memory, so it is empty now`,
    { hint: 'Start afresh: `sublet lab down`, then `sublet lab up`.' },
  )
}
