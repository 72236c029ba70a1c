import type { KubeObject } from '../../kube/index.ts'
import { CHART } from './chart-info.ts'
import { clusterAgentObjects } from './datadog-cluster-agent.ts'
import { agentDaemonSet } from './datadog-daemonset.ts'
import { datadogNames, type DatadogNames } from './datadog-names.ts'
import { account, agentRules } from './datadog-rbac.ts'
import { readDatadogValues, unknownValues, type DatadogValues } from './datadog-values.ts'
import type { Values } from './values.ts'

export interface RenderOptions {
  readonly release: string
  readonly namespace: string
  readonly values: Values
  /** The token between node agents and cluster agent; a release keeps the one that it has. */
  readonly clusterAgentToken: string
}

export interface RenderedChart {
  /** In the order in which Helm installs them. */
  readonly objects: readonly KubeObject[]
  /** Paths of values that change nothing here. */
  readonly unknown: readonly string[]
  readonly notes: string
  /** The Secret that the cluster agent's token is in, to be kept over upgrades. */
  readonly clusterAgentSecret: string
}

/**
 * What `helm template` of datadog/datadog gives for the values that the lab knows (3.160.1), without the operator, whose
 * custom resources nothing here acts upon. Throws E_INPUT for values that the chart would refuse.
 */
export function renderDatadog(options: RenderOptions): RenderedChart {
  const values = readDatadogValues(options.values)
  const { release, namespace } = options
  const names = datadogNames(release, namespace, values, `${CHART.name}-${CHART.version}`)
  const hasKey = values.apiKey !== undefined || values.apiKeyExistingSecret !== undefined
  const objects = [
    ...configuration(values, names),
    ...(values.clusterAgentEnabled
      ? clusterAgentObjects(values, names, options.clusterAgentToken)
      : []),
    ...account(names, names.fullName, agentRules(values)),
    agentService(names),
    // Without a key the chart makes no agents, and says so.
    ...(hasKey ? [agentDaemonSet(values, names)] : []),
  ]
  return {
    objects: inInstallOrder(objects).map((object) => owned(object, names)),
    unknown: unknownValues(options.values),
    notes: hasKey ? notesOf(values) : NO_KEY,
    clusterAgentSecret: names.clusterAgent,
  }
}

function configuration(values: DatadogValues, names: DatadogNames): KubeObject[] {
  const { fullName, namespace, labels } = names
  const configMap = (name: string, data: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels },
    data,
  })
  const { name, version } = CHART
  return [
    ...(values.apiKey === undefined || values.apiKeyExistingSecret !== undefined
      ? []
      : [
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name: fullName, namespace, labels },
            type: 'Opaque',
            data: { 'api-key': Buffer.from(values.apiKey).toString('base64') },
          },
        ]),
    configMap(`${fullName}-installinfo`, {
      install_info: `---\ninstall_method:\n  tool: helm\n  tool_version: Helm\n  installer_version: ${name}-${version}\n`,
    }),
    configMap(`${fullName}-kpi-telemetry-configmap`, { install_type: 'k8s_manual' }),
    configMap(`${fullName}-endpoint-config`, {
      'api-key-secret-name': names.apiKeySecret,
      ...(values.site === undefined ? {} : { 'dd-url': `https://app.${values.site}` }),
    }),
  ]
}

const agentService = ({ fullName, namespace, labels }: DatadogNames): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: fullName, namespace, labels },
  spec: {
    type: 'ClusterIP',
    selector: { app: fullName },
    internalTrafficPolicy: 'Local',
    ports: [
      { protocol: 'UDP', port: 8125, targetPort: 8125, name: 'dogstatsdport' },
      { protocol: 'TCP', port: 8126, targetPort: 8126, name: 'traceport' },
    ],
  },
})

/** Helm's own order of kinds, of those that are here. */
const ORDER = [
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
  'DaemonSet',
  'Deployment',
]

const inInstallOrder = (objects: readonly KubeObject[]): KubeObject[] =>
  objects.toSorted((a, b) => ORDER.indexOf(a.kind ?? '') - ORDER.indexOf(b.kind ?? ''))

/** Marked as Helm marks what belongs to a release. */
const owned = (object: KubeObject, names: DatadogNames): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: {
      ...object.metadata.annotations,
      'meta.helm.sh/release-name': names.release,
      'meta.helm.sh/release-namespace': names.namespace,
    },
  },
})

const notesOf = ({ site = 'datadoghq.com' }: DatadogValues): string =>
  `Datadog agents are spinning up on each node in your cluster. In the lab they are Sublet's own agent:
it sends nothing to https://app.${site}, unless DD_DD_URL says where.`

const NO_KEY = `##############################################################################
####               ERROR: You did not set a datadog.apiKey.               ####
##############################################################################

This deployment will be incomplete until you set datadog.apiKey or datadog.apiKeyExistingSecret.`
