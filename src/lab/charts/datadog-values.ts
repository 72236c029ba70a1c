import { SubletError } from '../../core/index.ts'
import type { EnvVar, Volume, VolumeMount } from '../../kube/index.ts'
import type { Values } from './values.ts'

/** The values of the chart that the lab heeds, with the chart's defaults filled in. */
export interface DatadogValues {
  readonly apiKey: string | undefined
  readonly apiKeyExistingSecret: string | undefined
  readonly site: string | undefined
  readonly clusterName: string | undefined
  readonly tags: readonly string[]
  readonly logLevel: string
  /** Of all agent containers. */
  readonly env: readonly EnvVar[]
  readonly kubelet: {
    readonly host: EnvVar['valueFrom'] | string | undefined
    readonly tlsVerify: boolean | undefined
    readonly useApiServer: boolean
    readonly coreCheckEnabled: boolean
    readonly fineGrainedAuthorization: boolean
    readonly hostCAPath: string | undefined
    readonly agentCAPath: string
  }
  readonly logs: { readonly enabled: boolean; readonly containerCollectAll: boolean }
  readonly dockerSocketPath: string | undefined
  readonly criSocketPath: string | undefined
  readonly apmSocketEnabled: boolean
  readonly clusterAgentEnabled: boolean
  readonly clusterAgentReplicas: number
  readonly agentEnv: readonly EnvVar[]
  readonly agentResources: Values
  readonly volumes: readonly Volume[]
  readonly volumeMounts: readonly VolumeMount[]
}

/** Every value that the lab heeds, by its path. What begins with one of those in OPEN may hold anything. */
const KNOWN = [
  'datadog.apiKey',
  'datadog.apiKeyExistingSecret',
  'datadog.site',
  'datadog.clusterName',
  'datadog.tags',
  'datadog.logLevel',
  'datadog.env',
  'datadog.kubelet.host',
  'datadog.kubelet.tlsVerify',
  'datadog.kubelet.useApiServer',
  'datadog.kubelet.coreCheckEnabled',
  'datadog.kubelet.fineGrainedAuthorization',
  'datadog.kubelet.hostCAPath',
  'datadog.kubelet.agentCAPath',
  'datadog.logs.enabled',
  'datadog.logs.containerCollectAll',
  'datadog.dockerSocketPath',
  'datadog.criSocketPath',
  'datadog.apm.socketEnabled',
  'clusterAgent.enabled',
  'clusterAgent.replicas',
  'agents.containers.agent.env',
  'agents.containers.agent.resources',
  'agents.volumes',
  'agents.volumeMounts',
] as const

type KnownPath = (typeof KNOWN)[number]

/** The paths of values that the lab does not know, so that nobody believes they had an effect. */
export function unknownValues(values: Values, path = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`
    if ((KNOWN as readonly string[]).includes(here)) return []
    const isOnTheWay = KNOWN.some((known) => known.startsWith(`${here}.`))
    if (!isOnTheWay) return [here]
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? unknownValues(value as Values, here)
      : []
  })
}

/** Looks values up by their paths. The lookups throw E_INPUT, which names the value, for one of another kind. */
function lookup(values: Values) {
  const at = (path: KnownPath): unknown =>
    path
      .split('.')
      .reduce<unknown>(
        (inner, key) =>
          typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
            ? (inner as Values)[key]
            : undefined,
        values,
      )
  const list = (path: KnownPath): readonly unknown[] => {
    const value = at(path) ?? []
    if (Array.isArray(value)) return value as unknown[]
    throw wrong(path, 'a list')
  }
  return {
    at,
    list,
    variables: (path: KnownPath): EnvVar[] => (list(path) as EnvVar[]).map(variable),
    text(path: KnownPath): string | undefined {
      const value = at(path)
      if (value === undefined || value === null || value === '') return undefined
      if (typeof value === 'string' || typeof value === 'number') return String(value)
      throw wrong(path, 'a text')
    },
    flag<D>(path: KnownPath, byDefault: D): boolean | D {
      const value = at(path) ?? byDefault
      if (typeof value === 'boolean' || value === byDefault) return value as boolean | D
      throw wrong(path, 'true or false')
    },
  }
}

/** Reads the values. Throws E_INPUT, which names the value, for what the chart would refuse to render. */
export function readDatadogValues(values: Values): DatadogValues {
  const given = lookup(values)
  const clusterName = given.text('datadog.clusterName')
  if (clusterName !== undefined) checkClusterName(clusterName)
  return {
    apiKey: given.text('datadog.apiKey'),
    apiKeyExistingSecret: given.text('datadog.apiKeyExistingSecret'),
    site: given.text('datadog.site'),
    clusterName,
    tags: given.list('datadog.tags').map(String),
    logLevel: given.text('datadog.logLevel') ?? 'INFO',
    env: given.variables('datadog.env'),
    kubelet: {
      host: given.at('datadog.kubelet.host') as DatadogValues['kubelet']['host'],
      tlsVerify: given.flag('datadog.kubelet.tlsVerify', undefined),
      useApiServer: given.flag('datadog.kubelet.useApiServer', false),
      coreCheckEnabled: given.flag('datadog.kubelet.coreCheckEnabled', true),
      fineGrainedAuthorization: given.flag('datadog.kubelet.fineGrainedAuthorization', false),
      hostCAPath: given.text('datadog.kubelet.hostCAPath'),
      agentCAPath: given.text('datadog.kubelet.agentCAPath') ?? '/var/run/host-kubelet-ca.crt',
    },
    logs: {
      enabled: given.flag('datadog.logs.enabled', false),
      containerCollectAll: given.flag('datadog.logs.containerCollectAll', false),
    },
    dockerSocketPath: given.text('datadog.dockerSocketPath'),
    criSocketPath: given.text('datadog.criSocketPath'),
    apmSocketEnabled: given.flag('datadog.apm.socketEnabled', true),
    clusterAgentEnabled: given.flag('clusterAgent.enabled', true),
    clusterAgentReplicas: Number(given.text('clusterAgent.replicas') ?? 1),
    agentEnv: given.variables('agents.containers.agent.env'),
    agentResources: (given.at('agents.containers.agent.resources') ?? {}) as Values,
    volumes: given.list('agents.volumes') as Volume[],
    volumeMounts: given.list('agents.volumeMounts') as VolumeMount[],
  }
}

/** The chart quotes what a variable is set to: `true` becomes a text. */
function variable(entry: EnvVar): EnvVar {
  const value: unknown = entry.value
  const isSimple = typeof value === 'boolean' || typeof value === 'number'
  return isSimple ? { ...entry, value: String(value) } : entry
}

/** `_helpers.tpl`, check-cluster-name: dot-separated tokens, 80 characters at most. */
function checkClusterName(name: string): void {
  if (name.length > 80) throw wrong('datadog.clusterName', 'at most 80 characters long')
  if (!/^([a-z]([a-z0-9-]*[a-z0-9])?\.)*([a-z]([a-z0-9-]*[a-z0-9])?)$/.test(name)) {
    throw wrong(
      'datadog.clusterName',
      'dot-separated tokens of small letters, digits and hyphens that begin with a letter',
    )
  }
}

const wrong = (path: string, wanted: string): SubletError =>
  new SubletError('E_INPUT', `the value ${path} must be ${wanted}`, {
    hint: 'Correct it in the values file or on the command line.',
  })
