/** What a manifest says of itself, and the rest. */
export interface AnyManifest {
  readonly apiVersion: string
  readonly kind: string
}

interface Model {
  readonly prototype: { validate(): void }
}

/**
 * What Kubernetes' own schemas (`kubernetes-models`, made of its OpenAPI document) find wrong with a manifest: types, missing
 * fields, values of enumerations. They let unknown fields pass, so a field that the schema never looked at is a fault too.
 */
export async function manifestFaults(manifest: AnyManifest): Promise<readonly string[]> {
  const { apiVersion, kind } = manifest
  if (apiVersion === 'monitoring.coreos.com/v1' && kind === 'PodMonitor') {
    return podMonitorFaults(manifest)
  }
  const name = ['kubernetes-models', apiVersion, kind].join('/')
  const models = await import(name).then(
    (module: Record<string, Model>) => module,
    () => undefined,
  )
  const model = models?.[kind]
  if (model === undefined) return [`there is no ${apiVersion} ${kind}`]
  const looks: Look[] = []
  const faults: string[] = []
  try {
    model.prototype.validate.call(watched({ ...manifest }, '', looks))
  } catch (error) {
    faults.push((error as Error).message)
  }
  // A schema stops at its first fault, so what it has not seen tells nothing then.
  if (faults.length > 0) return faults
  return looks.flatMap(({ at, object, seen }) =>
    Object.keys(object)
      .filter((key) => !seen.has(key))
      .map((key) => `unknown field ${at}/${key}`),
  )
}

interface Look {
  readonly at: string
  readonly object: object
  readonly seen: Set<string | symbol>
}

/** The same object; what is read of it, at any depth, is noted. */
function watched(object: object, at: string, looks: Look[]): object {
  const seen = new Set<string | symbol>()
  looks.push({ at, object, seen })
  const members = new Map<string | symbol, unknown>()
  return new Proxy(object, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver)
      if (!Object.hasOwn(target, key) || (Array.isArray(target) && key === 'length')) return value
      seen.add(key)
      if (typeof value !== 'object' || value === null) return value
      if (!members.has(key)) members.set(key, watched(value, `${at}/${String(key)}`, looks))
      return members.get(key)
    },
  })
}

/** The part of the Prometheus operator's CRD that our manifests use (v1, podmonitors.monitoring.coreos.com). */
const POD_MONITOR: Readonly<Record<string, readonly string[]>> = {
  '': ['apiVersion', 'kind', 'metadata', 'spec'],
  spec: ['selector', 'podMetricsEndpoints', 'namespaceSelector', 'jobLabel'],
  'spec.selector': ['matchLabels', 'matchExpressions'],
  'spec.podMetricsEndpoints[]': ['port', 'path', 'interval', 'scrapeTimeout', 'scheme', 'params'],
}

function podMonitorFaults(manifest: AnyManifest): string[] {
  const { spec = {} } = manifest as unknown as {
    spec?: { selector?: object; podMetricsEndpoints?: unknown }
  }
  const endpoints = Array.isArray(spec.podMetricsEndpoints)
    ? (spec.podMetricsEndpoints as Record<string, unknown>[])
    : []
  const parts: [at: string, object: object][] = [
    ['', manifest],
    ['spec', spec],
    ['spec.selector', spec.selector ?? {}],
    ...endpoints.map((each): [string, object] => ['spec.podMetricsEndpoints[]', each]),
  ]
  const unknown = parts.flatMap(([at, object]) =>
    Object.keys(object)
      .filter((key) => POD_MONITOR[at]?.includes(key) !== true)
      .map((key) => `unknown field ${at}/${key}`),
  )
  const wrong = endpoints.flatMap(({ port, interval }) => [
    ...(typeof port === 'string' ? [] : ['an endpoint’s port is a name']),
    ...(/^\d+(ms|s|m|h)$/.test(String(interval)) ? [] : ['an endpoint’s interval is a duration']),
  ])
  const missing = spec.selector === undefined || endpoints.length === 0
  return [...unknown, ...wrong, ...(missing ? ['selector and podMetricsEndpoints are needed'] : [])]
}
