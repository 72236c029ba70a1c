import { MEANINGS, type AgentRef, type Finding } from './finding.ts'

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
    ...remedies.map((id) => `          sublet manifests ${id} --vcluster ${vclusterOf(finding)}`),
  ].join('\n')
}

const named = ({ vcluster, namespace, name }: AgentRef): string =>
  `${vcluster}: ${namespace}/${name}`

function vclusterOf(finding: Finding): string {
  if ('agent' in finding) return finding.agent.vcluster
  return finding.vcluster ?? 'NAME'
}

/** What was seen, in one sentence. */
export function evidenceOf(finding: Finding): string {
  switch (finding.kind) {
    case 'kubelet-answers':
      return `${named(finding.agent)} gets its ${finding.pods} pods, and no others, from ${finding.url}`
    case 'sees-other-tenants':
      return `${named(finding.agent)} is shown ${finding.foreignPods} pods that are not its own by ${finding.url}`
    case 'token-unknown-to-host':
      return `${named(finding.agent)} gets 401 from ${finding.url}; the host's TokenReview says: ${finding.hostSays}`
    case 'kubelet-forbids':
      return `${named(finding.agent)} gets 403 from ${finding.url}: ${finding.body}`
    case 'kubelet-unreachable':
      return `${named(finding.agent)} cannot reach ${finding.url}: ${finding.why}`
    case 'kubelet-odd-answer':
      return `${named(finding.agent)} gets HTTP ${finding.status} from ${finding.url}`
    case 'runtime-socket-in-tenant':
      return `${named(finding.agent)} mounts the node's ${finding.path} (volume ${finding.volume}): the runtime's socket`
    case 'host-token-in-tenant':
      return `${named(finding.agent)} has a host token of ${finding.user} in Secret ${finding.secret}`
    case 'agent-not-running':
      return `${named(finding.agent)} has no running pod`
    case 'no-agent':
      return `${finding.vcluster}: no agent found`
    case 'vcluster-unreachable':
      return `${finding.vcluster}: cannot be read: ${finding.why}`
    case 'no-vcluster':
      return `the host cluster runs no vcluster${finding.vcluster ? ` ${finding.vcluster}` : ''}`
  }
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
    }
  })
  return `${JSON.stringify({ findings: told }, null, 2)}\n`
}
