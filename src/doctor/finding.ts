import type { RemedyId } from '../remedies/index.ts'

/** An agent as the doctor found it: a workload in a vcluster that is told where its kubelet is. */
export interface AgentRef {
  readonly vcluster: string
  readonly namespace: string
  readonly name: string
}

/** What was found out, each with its evidence. A closed union: every renderer covers all of it. */
export type Finding =
  | {
      readonly kind: 'kubelet-answers'
      readonly agent: AgentRef
      readonly url: string
      readonly pods: number
    }
  | {
      readonly kind: 'sees-other-tenants'
      readonly agent: AgentRef
      readonly url: string
      readonly foreignPods: number
    }
  | {
      readonly kind: 'token-unknown-to-host'
      readonly agent: AgentRef
      readonly url: string
      readonly hostSays: string
    }
  | {
      readonly kind: 'kubelet-forbids'
      readonly agent: AgentRef
      readonly url: string
      readonly body: string
    }
  | {
      readonly kind: 'kubelet-unreachable'
      readonly agent: AgentRef
      readonly url: string
      readonly why: string
    }
  | {
      readonly kind: 'kubelet-odd-answer'
      readonly agent: AgentRef
      readonly url: string
      readonly status: number
    }
  | {
      readonly kind: 'runtime-socket-in-tenant'
      readonly agent: AgentRef
      readonly volume: string
      readonly path: string
    }
  | {
      readonly kind: 'host-token-in-tenant'
      readonly agent: AgentRef
      readonly secret: string
      readonly user: string
    }
  | {
      readonly kind: 'kubelet-check-off'
      readonly agent: AgentRef
      readonly configMap: string
      readonly path: string
    }
  | { readonly kind: 'agent-not-running'; readonly agent: AgentRef }
  | { readonly kind: 'agent-on-the-host'; readonly agent: AgentRef; readonly nodes: number }
  | { readonly kind: 'no-agent'; readonly vcluster: string }
  | { readonly kind: 'vcluster-unreachable'; readonly vcluster: string; readonly why: string }
  | { readonly kind: 'no-vcluster'; readonly vcluster?: string }

export type FindingKind = Finding['kind']

/** What a kind of finding means for the reader. */
export interface Meaning {
  readonly problem: boolean
  /** Why it is so; undefined for a good finding. */
  readonly cause?: string
  readonly next?: string
  readonly remedies: readonly RemedyId[]
}

const fine: Meaning = { problem: false, remedies: [] }
const problem = (cause: string, next: string, remedies: readonly RemedyId[] = []): Meaning => ({
  problem: true,
  cause,
  next,
  remedies,
})

/** Cause and next step of every kind. */
export const MEANINGS: Readonly<Record<FindingKind, Meaning>> = {
  'kubelet-answers': fine,
  'sees-other-tenants': problem(
    'The credential that the agent uses at the kubelet is good for the whole node.',
    'Give the agent an endpoint that answers with its own pods only, or let one agent on the host report for all.',
    ['gateway', 'host-agent'],
  ),
  'token-unknown-to-host': problem(
    'The agent’s token was issued by its virtual API server; the kubelet asks the host’s, which has never seen it.',
    'Put the gateway on the node and point the agent at it; the others are ways out with a higher price.',
    ['gateway', 'host-agent', 'runtime', 'token-path'],
  ),
  'kubelet-forbids': problem(
    'The endpoint knows the agent but does not allow it to read nodes/stats.',
    'Bind the agent’s ServiceAccount to a ClusterRole with get on nodes/stats, nodes/metrics and nodes/pods, in its own cluster.',
  ),
  'kubelet-unreachable': problem(
    'Nothing answers where the agent looks for its kubelet.',
    'Check the address and port in the agent’s environment, and network policies. Where a tenant is not to reach the node at all, these need no way there.',
    ['host-agent', 'runtime'],
  ),
  'kubelet-odd-answer': problem(
    'What answers is not a kubelet, or an ill one.',
    'Look at the endpoint’s own log.',
  ),
  'kubelet-check-off': problem(
    'Its kubelet check is switched off, so that nothing asks the kubelet (the remedy runtime, or its like): the metrics of a kubelet are missing.',
    'If that is the price that you chose, all is as it should be. If not, take the ConfigMap out of the agent; these give it the metrics, or make it superfluous.',
    ['gateway', 'host-agent'],
  ),
  'runtime-socket-in-tenant': problem(
    'The node’s container runtime is mounted into the tenant: it lists the containers of everybody.',
    'Take the volume away; these make it superfluous. With the remedy runtime it is the price.',
    ['gateway', 'host-agent'],
  ),
  'host-token-in-tenant': problem(
    'A credential of the host cluster lies in the vcluster (the remedies token-override and token-path, or their like).',
    'Remove the Secret, delete the host ServiceAccount, and do without.',
    ['gateway', 'host-agent'],
  ),
  'agent-not-running': problem(
    'None of its pods runs, so there is nothing to ask with.',
    'Look at the pods’ events: kubectl describe pod. If it is to run nowhere, see that the agent on the host runs and names this vcluster.',
  ),
  'agent-on-the-host': fine,
  'no-agent': problem(
    'No workload in the vcluster is told where its kubelet is.',
    'Install an agent, or name the vcluster that has one (--vcluster).',
  ),
  'vcluster-unreachable': problem(
    'The doctor cannot read the vcluster.',
    'Connect to it (vcluster connect) and give its context: --vcluster-context.',
  ),
  'no-vcluster': problem(
    'The host cluster has no pod with the label app=vcluster (and release=NAME).',
    'Check that --context names the host cluster.',
  ),
}
