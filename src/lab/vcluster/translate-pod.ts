import type { Container, EnvVar, Pod, PodSpec, Service } from '../../kube/index.ts'
import { hostName } from '../../tenants/index.ts'
import type { SyncContext } from './context.ts'
import { hostAffinity, hostSpread } from './translate-affinity.ts'
import { hostContainer, linkVariables } from './translate-env.ts'
import { hostPodMetadata } from './translate-metadata.ts'
import { hostVolumes, type WantedToken } from './translate-volumes.ts'

/** A wanted token with the token itself, as the virtual API server gave it. */
export interface GrantedToken extends WantedToken {
  readonly value: string
}

const CLUSTER_DOMAIN = 'cluster.local'
const MAX_HOSTNAME = 63

/**
 * The host pod of a virtual pod. A function of the virtual pod, labels and Services of its namespace, its tokens and the
 * context; compare `test/fixtures/vcluster/virtual-pod.json` with `vcluster-synced-pod.json`.
 * Source: vcluster 0.34, `pkg/controllers/resources/pods/translate`.
 */
export function hostPodOf(
  virtual: Pod,
  namespaceLabels: Readonly<Record<string, string>>,
  tokens: readonly GrantedToken[],
  context: SyncContext,
  services: readonly Service[] = [],
): Pod {
  const metadata = hostPodMetadata(virtual, namespaceLabels, context)
  if (!context.useSecretsForSATokens) {
    for (const token of tokens) (metadata.annotations ??= {})[token.key] = token.value
  }
  const links = linkVariables(virtual, services, context.api)
  const spec = hostPodSpec(virtual, tokens, context, links)
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec }
}

function hostPodSpec(
  virtual: Pod,
  tokens: readonly WantedToken[],
  context: SyncContext,
  links: readonly EnvVar[],
): PodSpec {
  const namespace = virtual.metadata.namespace ?? ''
  const container = (each: Container): Container =>
    hostContainer(each, { namespace, vcluster: context.vcluster, links })
  const spec: PodSpec & { imagePullSecrets?: { name: string }[] } = { ...virtual.spec }
  // Priorities are the host's business, a subdomain would need a host service, ephemeral containers are added later.
  for (const field of [
    'priority',
    'priorityClassName',
    'subdomain',
    'ephemeralContainers',
  ] as const)
    Reflect.deleteProperty(spec, field)
  const workload = `vc-workload-${context.vcluster}`
  return {
    ...spec,
    ...(spec.volumes === undefined ? {} : { volumes: hostVolumes(virtual, tokens, context) }),
    ...(spec.initContainers === undefined
      ? {}
      : { initContainers: spec.initContainers.map(container) }),
    ...(spec.imagePullSecrets === undefined
      ? {}
      : {
          imagePullSecrets: spec.imagePullSecrets.map(({ name }) => ({
            name: hostName(name, namespace, context.vcluster),
          })),
        }),
    containers: spec.containers.map(container),
    ...hostAffinity(spec, namespace, context),
    ...hostSpread(spec, namespace, context),
    serviceAccountName: workload,
    serviceAccount: workload,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...hostDns(spec, namespace, context),
    ...hostNames(spec, virtual.metadata.name ?? '', context),
  }
}

/** The virtual cluster's name server and search path in the host's place, then what the pod wants beside (no options). */
function hostDns(spec: PodSpec, namespace: string, context: SyncContext): Partial<PodSpec> {
  const policy = spec.dnsPolicy ?? 'ClusterFirst'
  if (policy === 'None' || policy === 'Default') return {}
  if (policy === 'ClusterFirst' && spec.hostNetwork === true) return { dnsPolicy: 'Default' }
  const searches = [`${namespace}.svc.${CLUSTER_DOMAIN}`, `svc.${CLUSTER_DOMAIN}`, CLUSTER_DOMAIN]
  const own = spec.dnsConfig as DnsConfig | undefined
  return {
    dnsPolicy: 'None',
    dnsConfig: {
      nameservers: [...new Set([context.dnsAddress, ...(own?.nameservers ?? [])])],
      searches: [...new Set([...searches, ...(own?.searches ?? [])])],
      options: [{ name: 'ndots', value: '5' }],
    },
  }
}

interface DnsConfig {
  readonly nameservers?: readonly string[]
  readonly searches?: readonly string[]
}

/** `kubernetes` is the virtual API server, and the pod is called as in its own cluster. */
function hostNames(spec: PodSpec, podName: string, context: SyncContext): Partial<PodSpec> {
  if (spec.hostNetwork === true) return {}
  const kubernetes = {
    ip: context.api.address,
    hostnames: [
      `kubernetes.default.svc.${CLUSTER_DOMAIN}`,
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
    ],
  }
  const hostname = podName.slice(0, MAX_HOSTNAME).replaceAll('.', '-').replace(/-+$/, '')
  return {
    hostAliases: [...(spec.hostAliases ?? []), kubernetes],
    hostname: spec.hostname ?? hostname,
  }
}
