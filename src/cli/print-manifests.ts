import { stringify } from 'yaml'
import type { DaemonSet, KubeObject } from '../kube/index.ts'
import type { Remedy, RemedyTarget, SecretCopy } from '../remedies/index.ts'

const IMAGE = 'ghcr.io/sublet/sublet:0.1.0'

/** Values that only the reader's cluster can give; each is explained where it stands. */
const FILL_IN = {
  caPem: 'FILL IN: PEM of the authority that signed tls.crt\n',
  certPem: 'FILL IN: PEM of a certificate for the addresses of all nodes\n',
  keyPem: 'FILL IN: PEM of its key\n',
  apiCaPem:
    'FILL IN: kubectl get cm kube-root-ca.crt -o jsonpath={.data.ca\\.crt} (in the vcluster)\n',
  jwks: 'FILL IN: kubectl get --raw /openid/v1/jwks (in the vcluster)\n',
}

/** Which part of a remedy is printed: each goes to another place, ready for `kubectl apply -f -` or `kubectl patch`. */
export type Side = 'host' | 'tenant' | 'patch'

const HEADINGS: Readonly<Record<Side, string>> = {
  host: 'for the HOST cluster: kubectl apply -f -',
  tenant: 'for the VCLUSTER: kubectl apply -f -',
  patch: 'for the VCLUSTER: kubectl patch',
}

/**
 * A remedy's manifests as YAML: one side's, or all of them, each under a comment that says where it goes. Comments alone
 * say what there is nothing to apply for.
 */
export function printManifests(
  remedy: Remedy,
  options: { vcluster: string; hostNamespace: string; side?: Side },
): string {
  const { vcluster, side } = options
  const target = targetOf(vcluster, options.hostNamespace)
  const objects: Record<Side, string> = {
    host: documents(remedy.hostObjects(target)),
    tenant: documents(remedy.tenantObjects(target)),
    patch: patchOf(remedy, target),
  }
  const notes: Record<Side, string> = {
    host: '',
    tenant: remedy.secretCopies(target).map(copyNote).join(''),
    patch: objects.patch === '' ? '' : patchNote(target),
  }
  const part = (name: Side): string => {
    const empty = objects[name] === '' && notes[name] === '' ? '# Nothing to apply.\n' : ''
    const heading = `# Remedy ${remedy.id}, --side ${name}: ${HEADINGS[name]}\n`
    return `${heading}${notes[name]}${empty}${objects[name]}`
  }
  if (side !== undefined) return part(side)
  return [
    `# Remedy ${remedy.id}: ${remedy.summary}\n`,
    ...remedy.changes.map((change) => `# Changes ${change}\n`),
    ...remedy.risks.map((risk) => `# Price: ${risk}\n`),
    ...(['host', 'tenant', 'patch'] as const).map((name) => `---\n${part(name)}`),
  ].join('')
}

/** A token is nothing to print: the shell carries it over, past every list of processes. */
function copyNote({ from, to, keys }: SecretCopy): string {
  const files = keys.map((key) => {
    const path = `{.data.${key.replaceAll('.', '\\.')}}`
    return `#     --from-file=${key}=<(kubectl --context HOST get secret ${from.name} -n ${from.namespace} -o jsonpath='${path}' | base64 -d)`
  })
  return [
    '# After the host side, in bash, with the names of your two contexts:',
    `#   kubectl --context VCLUSTER create secret generic ${to.name} -n ${to.namespace} \\`,
    files.join(' \\\n'),
    '',
  ].join('\n')
}

const patchNote = ({ agentName, agentNamespace }: RemedyTarget): string =>
  `#   kubectl --context VCLUSTER patch daemonset ${agentName} -n ${agentNamespace} --patch-file /dev/stdin\n`

/** As kubectl reads it: to YAML 1.1 a bare `yes` is a boolean. Aliases are for programs. */
const yaml = (value: object): string =>
  stringify(value, { version: '1.1', aliasDuplicateObjects: false })

function documents(objects: readonly KubeObject[]): string {
  return objects.map((object) => yaml(object)).join('---\n')
}

/** The change of the agent's DaemonSet as a strategic merge patch on what the Helm chart makes by default. */
function patchOf(remedy: Remedy, target: RemedyTarget): string {
  const before = chartDaemonSet(target)
  const after = remedy.changeAgent(before, target)
  if (isSame(before, after)) return ''
  const { metadata, spec } = after.spec.template
  const old = before.spec.template.spec
  const volumes = patchList(old.volumes, spec.volumes, ({ name }) => ({ name }))
  const containers = spec.containers.flatMap((container) => {
    const { name, env, volumeMounts } = container
    const was = old.containers.find((each) => each.name === name)
    if (isSame(was, container)) return []
    const mounts = patchList(was?.volumeMounts, volumeMounts, ({ mountPath }) => ({ mountPath }))
    return { name, ...(env ? { env } : {}), ...unlessEmpty({ volumeMounts: mounts }) }
  })
  const podSpec = {
    ...(spec.nodeSelector ? { nodeSelector: spec.nodeSelector } : {}),
    ...(spec.initContainers ? { initContainers: spec.initContainers } : {}),
    ...unlessEmpty({ volumes, containers }),
  }
  const annotations = metadata?.annotations
    ? { metadata: { annotations: metadata.annotations } }
    : {}
  return yaml({ spec: { template: { ...annotations, spec: podSpec } } })
}

/** What is new or changed, and the keys of what goes. */
function patchList<T>(
  old: readonly T[] = [],
  fresh: readonly T[] = [],
  keyOf: (item: T) => object,
): unknown[] {
  const has = (list: readonly T[], item: T): boolean =>
    list.some((each) => isSame(keyOf(each), keyOf(item)))
  return [
    ...fresh.filter((item) => !old.some((each) => isSame(each, item))),
    ...old
      .filter((item) => !has(fresh, item))
      .map((item) => ({ ...keyOf(item), $patch: 'delete' })),
  ]
}

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other)

const unlessEmpty = (lists: Readonly<Record<string, readonly unknown[]>>): object =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0))

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
      image: IMAGE,
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
    hostAgent: { image: IMAGE, vclusters: [{ name: vcluster, hostNamespace }] },
  }
}
