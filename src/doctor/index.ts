/** Finds out why an agent in a vcluster has no metrics: evidence, cause, and what to do next. */
import { describeError } from '../core/index.ts'
import { createKubeClient, loadKubeconfig } from '../kube/index.ts'
import { examineAgent } from './examine-agent.ts'
import { findAgents } from './find-agents.ts'
import { findVclusters, vclusterOfContext, type FoundVcluster } from './find-vclusters.ts'
import { MEANINGS, type Finding } from './finding.ts'

export { MEANINGS, type Finding, type FindingKind } from './finding.ts'
export { renderJson, renderText } from './render.ts'

export interface DiagnoseOptions {
  /** Path of the kubeconfig with the host's context. */
  readonly kubeconfig: string
  /** The host's context; undefined: the current one. */
  readonly context?: string | undefined
  readonly vclusterContext?: string | undefined
  readonly vcluster?: string | undefined
  readonly signal: AbortSignal
}

/** Looks at every agent of the vclusters. Reads only. Throws E_CONFIG and E_HTTP when the host cannot be read at all. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { options: hostOptions } = await loadKubeconfig(options.kubeconfig, options.context)
  await using host = createKubeClient(hostOptions)
  const vclusters =
    options.vclusterContext === undefined
      ? await findVclusters(host, options.vcluster)
      : [await vclusterOfContext(options.kubeconfig, options.vclusterContext, options.vcluster)]
  if (vclusters.length === 0) {
    const { vcluster } = options
    return [{ kind: 'no-vcluster', ...(vcluster === undefined ? {} : { vcluster }) }]
  }
  const findings: Finding[] = []
  for (const vcluster of vclusters)
    findings.push(...(await lookInto(vcluster, host, options.signal)))
  return findings
}

export const isProblem = (finding: Finding): boolean => MEANINGS[finding.kind].problem

async function lookInto(
  vcluster: FoundVcluster,
  host: Parameters<typeof examineAgent>[0]['host'],
  signal: AbortSignal,
): Promise<Finding[]> {
  const { name } = vcluster
  if ('why' in vcluster)
    return [{ kind: 'vcluster-unreachable', vcluster: name, why: vcluster.why }]
  await using virtual = createKubeClient(vcluster.options)
  try {
    const agents = await findAgents(virtual, name)
    if (agents.length === 0) return [{ kind: 'no-agent', vcluster: name }]
    const found = await Promise.all(
      agents.map((agent) => examineAgent({ host, virtual }, agent, signal)),
    )
    return found.flat()
  } catch (error) {
    if (signal.aborted) throw error
    return [{ kind: 'vcluster-unreachable', vcluster: name, why: describeError(error) }]
  }
}
