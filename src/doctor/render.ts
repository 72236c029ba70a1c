import { remedyOf } from '../remedies/index.ts'
import { MEANINGS, type AgentRef, type Finding, type FindingKind } from './finding.ts'

/** Findings as people read them: good ones in a line, problems with cause, next step and remedies. */
export function renderText(findings: readonly Finding[]): string {
  return findings.map(paragraph).join('\n') + '\n'
}

function paragraph(finding: Finding): string {
  const { problem, cause, next, remedies } = MEANINGS[finding.kind]
  if (!problem) return `✓ ${evidenceOf(finding)}`
  return [
    `✗ ${evidenceOf(finding)}`,
    `    why   ${cause ?? ''}`,
    `    next  ${next ?? ''}`,
    ...remedies.flatMap((id) => [
      `          sublet manifests ${id} --vcluster ${vclusterOf(finding)}`,
      `            price: ${remedyOf(id).price}`,
    ]),
  ].join('\n')
}

const named = ({ vcluster, namespace, name }: AgentRef): string =>
  `${vcluster}: ${namespace}/${name}`

function vclusterOf(finding: Finding): string {
  if ('agent' in finding) return finding.agent.vcluster
  return finding.vcluster ?? 'NAME'
}

type Evidence = {
  readonly [K in FindingKind]: (finding: Extract<Finding, { readonly kind: K }>) => string
}

const EVIDENCE: Evidence = {
  'kubelet-answers': (finding) =>
    `${named(finding.agent)} gets its ${finding.pods} pods, and no others, from ${finding.url}`,
  'sees-other-tenants': (finding) =>
    `${named(finding.agent)} is shown ${finding.foreignPods} pods that are not its own by ${finding.url}`,
  'token-unknown-to-host': (finding) =>
    `${named(finding.agent)} gets 401 from ${finding.url}; the host's TokenReview says: ${finding.hostSays}`,
  'kubelet-forbids': (finding) =>
    `${named(finding.agent)} gets 403 from ${finding.url}: ${finding.body}`,
  'kubelet-unreachable': (finding) =>
    `${named(finding.agent)} cannot reach ${finding.url}: ${finding.why}`,
  'kubelet-odd-answer': (finding) =>
    `${named(finding.agent)} gets HTTP ${finding.status} from ${finding.url}`,
  'kubelet-check-off': (finding) =>
    `${named(finding.agent)} asks no kubelet: ConfigMap ${finding.configMap} over ${finding.path} has no instance of the check`,
  'runtime-socket-in-tenant': (finding) =>
    `${named(finding.agent)} mounts the node's ${finding.path} (volume ${finding.volume}): the runtime's socket`,
  'host-token-in-tenant': (finding) =>
    `${named(finding.agent)} has a host token of ${finding.user} in Secret ${finding.secret}`,
  'agent-not-running': (finding) => `${named(finding.agent)} has no running pod`,
  'agent-on-the-host': (finding) =>
    `${named(finding.agent)} runs nowhere, and the agent on the host reports its pods from ${finding.nodes} node(s)`,
  'no-agent': (finding) => `${finding.vcluster}: no agent found`,
  'vcluster-unreachable': (finding) => `${finding.vcluster}: cannot be read: ${finding.why}`,
  'no-vcluster': (finding) =>
    `the host cluster runs no vcluster${finding.vcluster ? ` ${finding.vcluster}` : ''}`,
}

/** What was seen, in one sentence. */
export function evidenceOf(finding: Finding): string {
  const tell = EVIDENCE[finding.kind] as (finding: Finding) => string
  return tell(finding)
}

/** Findings for machines: each with its meaning. The shape is a contract (docs/doctor.md). */
export function renderJson(findings: readonly Finding[]): string {
  const told = findings.map((finding) => {
    const { problem, cause, next, remedies } = MEANINGS[finding.kind]
    return {
      ...finding,
      problem,
      evidence: evidenceOf(finding),
      cause: cause ?? null,
      next: next ?? null,
      remedies,
      prices: Object.fromEntries(remedies.map((id) => [id, remedyOf(id).price])),
    }
  })
  return `${JSON.stringify({ findings: told }, null, 2)}\n`
}
