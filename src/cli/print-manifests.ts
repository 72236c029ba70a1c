import { stringify } from 'yaml'
import type { DaemonSet, KubeObject } from '../kube/index.ts'
import type { Remedy, RemedyTarget } from '../remedies/index.ts'

/** Values that only the reader's cluster can give; each is explained where it stands. */
const FILL_IN = {
  caPem: 'FILL IN: PEM of the authority that signed tls.crt\n',
  certPem: 'FILL IN: PEM of a certificate for the node’s address\n',
  keyPem: 'FILL IN: PEM of its key\n',
  apiCaPem:
    'FILL IN: kubectl get cm kube-root-ca.crt -o jsonpath={.data.ca\\.crt} (in the vcluster)\n',
  jwks: 'FILL IN: kubectl get --raw /openid/v1/jwks (in the vcluster)\n',
  nodeName: 'FILL IN: the node’s name',
}

/** A remedy's manifests as YAML documents, each under a comment that says on which side to apply it. */
export function printManifests(remedy: Remedy, vcluster: string, hostNamespace: string): string {
  const target = targetOf(vcluster, hostNamespace)
  const parts = [
    `# Remedy ${remedy.id}: ${remedy.summary}\n`,
    ...remedy.risks.map((risk) => `# Price: ${risk}\n`),
    documents('host cluster: kubectl apply -f -', remedy.hostObjects(target)),
    ...remedy
      .secretCopies(target)
      .map(
        (copy) =>
          `# copy ${copy.keys.join(' and ')} of host Secret ${copy.from.namespace}/${copy.from.name} ` +
          `into Secret ${copy.to.namespace}/${copy.to.name} of the vcluster\n`,
      ),
    documents(`vcluster ${vcluster}: kubectl apply -f -`, remedy.tenantObjects(target)),
    patchText(remedy, target),
  ]
  return parts.filter((part) => part !== '').join('\n')
}

function documents(title: string, objects: readonly KubeObject[]): string {
  if (objects.length === 0) return ''
  return `# ${title}\n${objects.map((object) => stringify(object)).join('---\n')}`
}

/** The change of the agent's DaemonSet as a patch that fits the Helm chart's default object. */
function patchText(remedy: Remedy, target: RemedyTarget): string {
  const before = chartDaemonSet(target)
  const after = remedy.changeAgent(before, target)
  if (JSON.stringify(before) === JSON.stringify(after)) return ''
  const spec = after.spec.template.spec
  return (
    `# vcluster ${target.vcluster}: what DaemonSet ${target.agentNamespace}/${target.agentName} has to contain in the end\n` +
    stringify({
      spec: {
        template: {
          spec: {
            ...(spec.initContainers ? { initContainers: spec.initContainers } : {}),
            volumes: spec.volumes,
            containers: spec.containers.map(({ name, env, volumeMounts }) => ({
              name,
              env,
              volumeMounts,
            })),
          },
        },
      },
    })
  )
}

function chartDaemonSet(target: RemedyTarget): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: target.agentName, namespace: target.agentNamespace },
    spec: {
      selector: { matchLabels: { app: target.agentName } },
      template: {
        spec: {
          containers: [{ name: target.agentContainer, image: 'gcr.io/datadoghq/agent:7.74.0' }],
          volumes: [],
        },
      },
    },
  }
}

function targetOf(vcluster: string, hostNamespace: string): RemedyTarget {
  return {
    vcluster,
    hostNamespace,
    agentNamespace: 'datadog',
    agentName: 'datadog-agent',
    agentContainer: 'agent',
    gateway: {
      ...FILL_IN,
      image: 'ghcr.io/sublet/sublet:0.1.0',
      address: '0.0.0.0',
      port: 11250,
      adminAddress: '127.0.0.1',
      kubeletUrl: 'https://127.0.0.1:10250',
      tenants: [
        {
          name: vcluster,
          hostNamespace,
          apiUrl: `https://${vcluster}.${hostNamespace}`,
          apiCaPem: FILL_IN.apiCaPem,
          jwks: FILL_IN.jwks,
        },
      ],
    },
  }
}
