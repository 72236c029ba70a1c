import { stringify } from 'yaml'
import type { DaemonSet, KubeObject } from '../kube/index.ts'
import type { Remedy, RemedyTarget } from '../remedies/index.ts'

/** Values that only the reader's cluster can give; each is explained where it stands. */
const FILL_IN = {
  caPem: 'FILL IN: PEM of the authority that signed tls.crt\n',
  certPem: 'FILL IN: PEM of a certificate for the addresses of all nodes\n',
  keyPem: 'FILL IN: PEM of its key\n',
  apiCaPem:
    'FILL IN: kubectl get cm kube-root-ca.crt -o jsonpath={.data.ca\\.crt} (in the vcluster)\n',
  jwks: 'FILL IN: kubectl get --raw /openid/v1/jwks (in the vcluster)\n',
}

/** Which part of a remedy is printed: each goes to another place, ready for `kubectl apply -f -` or `--patch-file`. */
export type Side = 'host' | 'tenant' | 'patch'

/** A remedy's manifests as YAML: one side's, or all of them, each under a comment that says where it goes. */
export function printManifests(
  remedy: Remedy,
  options: { vcluster: string; hostNamespace: string; side?: Side },
): string {
  const { vcluster, side } = options
  const target = targetOf(vcluster, options.hostNamespace)
  const texts: Record<Side, string> = {
    host: documents(remedy.hostObjects(target)),
    tenant: documents(remedy.tenantObjects(target)),
    patch: patchOf(remedy, target),
  }
  if (side !== undefined) return texts[side]
  const daemonSet = `daemonset ${target.agentName} -n ${target.agentNamespace}`
  const headings: Record<Side, string> = {
    host: '# --side host: for the host cluster, kubectl apply -f -',
    tenant: `# --side tenant: for vcluster ${vcluster}, kubectl apply -f -`,
    patch: `# --side patch: for vcluster ${vcluster}, kubectl patch ${daemonSet} --patch-file FILE`,
  }
  const copies = remedy
    .secretCopies(target)
    .map(
      ({ from, to, keys }) =>
        `# then copy ${keys.join(' and ')} of the host's Secret ${from.namespace}/${from.name} ` +
        `into Secret ${to.namespace}/${to.name} of the vcluster\n`,
    )
  const sides = (['host', 'tenant', 'patch'] as const).filter((name) => texts[name] !== '')
  return [
    `# Remedy ${remedy.id}: ${remedy.summary}\n`,
    ...remedy.risks.map((risk) => `# Price: ${risk}\n`),
    ...sides.map((name) => `---\n${headings[name]}\n${texts[name]}`),
    ...copies,
  ].join('')
}

function documents(objects: readonly KubeObject[]): string {
  return objects.map((object) => stringify(object)).join('---\n')
}

const gone = { $patch: 'delete' }

/** The change of the agent's DaemonSet as a strategic merge patch on what the Helm chart makes by default. */
function patchOf(remedy: Remedy, target: RemedyTarget): string {
  const before = chartDaemonSet(target)
  const after = remedy.changeAgent(before, target)
  if (JSON.stringify(before) === JSON.stringify(after)) return ''
  const { metadata, spec } = after.spec.template
  const old = before.spec.template.spec
  const kept = new Set(spec.volumes?.map(({ name }) => name))
  const removed = (old.volumes ?? []).filter(({ name }) => !kept.has(name))
  const removedNames = new Set(removed.map(({ name }) => name))
  const containers = spec.containers.map(({ name, env, volumeMounts = [] }) => {
    const mounts = old.containers.find((container) => container.name === name)?.volumeMounts ?? []
    const away = mounts.filter((mount) => removedNames.has(mount.name))
    return {
      name,
      ...(env ? { env } : {}),
      volumeMounts: [...volumeMounts, ...away.map(({ mountPath }) => ({ mountPath, ...gone }))],
    }
  })
  const volumes = [...(spec.volumes ?? []), ...removed.map(({ name }) => ({ name, ...gone }))]
  return stringify({
    spec: {
      template: {
        ...(metadata?.annotations ? { metadata: { annotations: metadata.annotations } } : {}),
        spec: {
          ...(spec.initContainers ? { initContainers: spec.initContainers } : {}),
          volumes,
          containers,
        },
      },
    },
  })
}

/** The part of the chart's DaemonSet that the remedies change. */
function chartDaemonSet(target: RemedyTarget): DaemonSet {
  const runtimeSocket = { name: 'runtimesocketdir', mountPath: '/host/var/run', readOnly: true }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: target.agentName, namespace: target.agentNamespace },
    spec: {
      selector: { matchLabels: { app: target.agentName } },
      template: {
        spec: {
          containers: [
            {
              name: target.agentContainer,
              image: 'gcr.io/datadoghq/agent:7.74.0',
              volumeMounts: [runtimeSocket],
            },
          ],
          volumes: [{ name: runtimeSocket.name, hostPath: { path: '/var/run' } }],
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
      nodeName: '${NODE_NAME}',
      kubeletUrl: 'https://${NODE_IP}:10250',
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
