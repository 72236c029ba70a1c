import type { KubeObject, PodSpec } from '../../kube/index.ts'
import { corednsObjects } from './coredns-workload.ts'
import { AGENT_IMAGE, datadogObjects } from './datadog-workload.ts'

export interface WorkloadOptions {
  /** The vcluster's name. */
  readonly name: string
  /** Default: a Datadog Agent's, for which the lab runs Sublet's agent. */
  readonly agentImage?: string
  /**
   * The host's nodes when there are several: each gets an application of its own, and with it the vcluster a node there
   * (it has one wherever a pod of it is) and an agent.
   */
  readonly nodes?: readonly string[]
}

/**
 * What the lab runs in each vcluster: CoreDNS as every vcluster has it, a small application, and the agent. In the
 * order in which it must be created.
 */
export function vclusterWorkloads(options: WorkloadOptions): KubeObject[] {
  return [
    ...corednsWorkload(),
    ...namespace('test-app'),
    ...appPods(options),
    ...datadogObjects({
      clusterName: options.name,
      image: options.agentImage ?? AGENT_IMAGE,
    }),
  ]
}

/** CoreDNS alone: what a vcluster that somebody creates has in it. */
export function corednsWorkload(): KubeObject[] {
  return [...namespace('kube-system'), ...corednsObjects()]
}

/** A namespace with the account that its pods need at once, so that nobody has to wait for the controller's. */
function namespace(name: string): KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } },
  ]
}

function appPods({ name, nodes = [] }: WorkloadOptions): KubeObject[] {
  if (nodes.length < 2) return [appPod(`simple-app-${name}`)]
  return nodes.map((node, index) =>
    appPod(`simple-app-${name}${index === 0 ? '' : `-${index + 1}`}`, {
      nodeSelector: { 'kubernetes.io/hostname': node },
    }),
  )
}

function appPod(name: string, placed: Partial<PodSpec> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'test-app', labels: { app: 'simple-app' } },
    spec: {
      ...placed,
      containers: [
        {
          name: 'simple-app',
          image: 'nginx:alpine',
          ports: [{ containerPort: 80 }],
          resources: {
            requests: { cpu: '50m', memory: '64Mi' },
            limits: { cpu: '200m', memory: '128Mi' },
          },
        },
      ],
    },
  }
}
