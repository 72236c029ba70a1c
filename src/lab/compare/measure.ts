import { sleep } from '../../core/index.ts'
import type { Remedy, RemedyTarget } from '../../remedies/index.ts'
import type { Places, Where } from './apply-remedy.ts'
import { parseCheckOutput, type CheckOutput } from './agent-checks.ts'
import { readGroundTruth, type GroundTruth } from './ground-truth.ts'
import type { LabAccess } from './lab-access.ts'
import type { RemedyResult } from './result.ts'
import type { WitnessBrief, WitnessReport } from './witness.ts'

/** How long the view of the agent may be behind the host: the kubelet's, the gateway's and the agent's own caches. */
const SETTLE_MS = 10_000

interface Tools {
  readonly sublet: string
  readonly hostKeyIds: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Runs the agent's checks where it runs and the witness in the tenant, and puts together what they saw. Of an agent on the
 * host counts what it says about the tenant: that is all that the tenant gets.
 */
export async function measure(
  lab: LabAccess,
  remedy: Remedy,
  target: RemedyTarget,
  places: Places,
  tools: Tools,
): Promise<RemedyResult> {
  const tenant = remedy.hostAgent === undefined ? undefined : target.vcluster
  const { truth, container } = await settled(lab, places.agent, target, tools.signal)
  const [kubelet, seen] = await Promise.all([
    check(lab, places.agent, 'kubelet'),
    witnessIn(lab, places.witness, tools, {
      foreign: truth.foreign,
      hostKeyIds: tools.hostKeyIds,
    }),
  ])
  const main = remedy.check === 'kubelet' ? kubelet : container
  return {
    id: remedy.id,
    kubeletCheck: kubeletCheckOf(kubelet),
    metricSamples: samplesOf(main, tenant),
    serviceChecks: serviceChecksOf(main),
    containers: containersOf(container, truth, tenant),
    names: namesOf([kubelet, container], truth, tenant),
    ...seen,
  }
}

/** Sender calls of the run; `tenant`: those about its pods. */
const samplesOf = (output: CheckOutput, tenant: string | undefined): number =>
  tenant === undefined
    ? output.runner.MetricSamples
    : (output.inventories.vclusters?.[tenant]?.metricSamples ?? 0)

/**
 * The container check's view once it has caught up with the host: every own container listed, none that is gone. A view
 * that never gets there is taken as it is when the time is over.
 */
async function settled(
  lab: LabAccess,
  where: Where,
  target: RemedyTarget,
  signal: AbortSignal,
): Promise<{ truth: GroundTruth; container: CheckOutput }> {
  const deadline = Date.now() + SETTLE_MS
  for (;;) {
    const container = await check(lab, where, 'container')
    const { host, tenants, facts } = lab
    const truth = await readGroundTruth(host, tenants, target.vcluster, facts.nodeName)
    const listed = (container.inventories.containers ?? []).map(({ id }) => id)
    const caughtUp =
      listed.every((id) => truth.allContainers.has(id)) &&
      [...truth.ownContainers].every((id) => listed.includes(id))
    if (caughtUp || Date.now() > deadline) return { truth, container }
    await sleep(200, signal)
    signal.throwIfAborted()
  }
}

async function check(lab: LabAccess, where: Where, name: string): Promise<CheckOutput> {
  return parseCheckOutput(name, await lab.exec(where, ['agent', 'check', name, '--json']))
}

async function witnessIn(
  lab: LabAccess,
  where: Where,
  tools: { sublet: string },
  brief: WitnessBrief,
): Promise<WitnessReport> {
  const argv = [process.execPath, tools.sublet, 'lab', 'witness']
  const { stdout } = await lab.exec(where, argv, JSON.stringify(brief))
  return JSON.parse(stdout) as WitnessReport
}

function kubeletCheckOf(output: CheckOutput): RemedyResult['kubeletCheck'] {
  const summary = output.inventories.requests?.find((request) =>
    request.url.includes('/stats/summary'),
  )
  const warnings = output.runner.LastWarnings ?? []
  const status = output.runner.LastError !== '' ? 'error' : warnings.length > 0 ? 'warning' : 'ok'
  return {
    status,
    httpStatus: summary?.status ?? null,
    warning: output.runner.LastError || (warnings[0] ?? null),
  }
}

function serviceChecksOf(output: CheckOutput): RemedyResult['serviceChecks'] {
  const statuses = (output.aggregator.service_checks ?? []).map((check) => check.status)
  return { count: statuses.length, worst: Math.max(0, ...statuses) }
}

/** `tenant`: of those that the agent says are its. */
function containersOf(
  output: CheckOutput,
  truth: GroundTruth,
  tenant: string | undefined,
): RemedyResult['containers'] {
  const listed = (output.inventories.containers ?? []).filter(
    ({ pod }) => tenant === undefined || pod?.vcluster === tenant,
  )
  const own = listed.filter((container) => truth.ownContainers.has(container.id))
  return {
    own: truth.ownContainers.size,
    ownWithStats: own.filter((container) => container.stats).length,
    foreignVisible: listed.length - own.length,
    nilStats: listed.filter((container) => container.nilStats).length,
  }
}

/** The names that the tenant's own pods carry in the samples' tags. */
function namesOf(
  outputs: readonly CheckOutput[],
  truth: GroundTruth,
  tenant: string | undefined,
): RemedyResult['names'] {
  const names = outputs.flatMap((output) =>
    (output.aggregator.metrics ?? [])
      .filter(({ tags }) => tenant === undefined || tags.includes(`vcluster:${tenant}`))
      .flatMap(({ tags }) => tags.filter((tag) => tag.startsWith('pod_name:')))
      .map((tag) => tag.slice('pod_name:'.length)),
  )
  return names.some((name) => truth.ownHostNames.has(name)) ? 'host' : 'virtual'
}
