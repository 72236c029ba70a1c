import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { checkConfig } from '../src/gateway/index.ts'
import { manifestFaults } from './helpers/manifest-faults.ts'
import { renderChart } from './helpers/render-chart.ts'

interface Rule {
  readonly apiGroups: string[]
  readonly resources: string[]
  readonly resourceNames?: string[]
  readonly verbs: string[]
}
interface Container {
  readonly image: string
  readonly ports: { name: string; containerPort: number; hostPort?: number }[]
  readonly securityContext: Record<string, unknown>
  readonly volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[]
  readonly [key: string]: unknown
}
interface PodSpec {
  readonly containers: Container[]
  readonly volumes: { name: string; [kind: string]: unknown }[]
  readonly securityContext: Record<string, unknown>
  readonly [key: string]: unknown
}
interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { name: string; namespace?: string }
  readonly rules: Rule[]
  readonly data: Record<string, string>
  readonly spec: { template: { spec: PodSpec }; ingress: unknown[]; podMetricsEndpoints: unknown[] }
}

const deploy = new URL('../deploy/', import.meta.url)
const chart = new URL('helm/sublet-gateway/', deploy)
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0

/** What was rendered once; each kubectl takes a while. */
const rendered = new Map<string, string>()

function kustomize(path: string): Manifest[] {
  const text = rendered.get(path) ?? runKustomize(path)
  rendered.set(path, text)
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest)
}

function runKustomize(path: string): string {
  const { status, stdout, stderr } = spawnSync(
    'kubectl',
    ['kustomize', fileURLToPath(new URL(`kustomize/${path}`, deploy))],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  return stdout
}
const helm = (values?: Record<string, unknown>): Manifest[] =>
  renderChart(chart, values) as Manifest[]

interface Way {
  readonly name: string
  readonly render: () => Manifest[]
  readonly needsKubectl?: true
  /** For kubelets without fine-grained authorization. */
  readonly isOld?: true
  /** Tenants are found, not listed. */
  readonly finds?: true
}
const DISCOVER = {
  config: {
    tenants: [],
    discover: {
      api: { ca: { configMap: 'sublet-gateway-tenant' } },
      keys: { configMap: 'sublet-gateway-tenant' },
    },
  },
}
const WAYS: readonly Way[] = [
  { name: 'kustomize', render: () => kustomize('.'), needsKubectl: true },
  {
    name: 'kustomize for old kubelets',
    render: () => kustomize('overlays/old-kubelets'),
    needsKubectl: true,
    isOld: true,
  },
  {
    name: 'kustomize with a PodMonitor',
    render: () => kustomize('overlays/pod-monitor'),
    needsKubectl: true,
  },
  {
    name: 'kustomize with discovery',
    render: () => kustomize('overlays/discovery'),
    needsKubectl: true,
    finds: true,
  },
  { name: 'the chart', render: () => helm() },
  { name: 'the chart for old kubelets', render: () => helm({ oldKubelets: true }), isOld: true },
  { name: 'the chart with discovery', render: () => helm(DISCOVER), finds: true },
]

const only = (manifests: readonly Manifest[], kind: string): Manifest => {
  const [found, ...others] = manifests.filter(
    (each) => each.kind === kind && each.metadata.name === 'sublet-gateway',
  )
  if (found === undefined || others.length > 0) throw new Error(`not exactly one ${kind}`)
  return found
}

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sublet-deploy-'))
  vi.stubEnv('NODE_NAME', 'node-1')
  vi.stubEnv('NODE_IP', 'fd00::1')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true })
})

/** What the gateway's ServiceAccount may do in the whole cluster: `get nodes/stats`, `list configmaps named-so`. */
const granted = (manifests: readonly Manifest[]): string[] =>
  manifests
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role')
    .flatMap(({ rules }) => rules)
    .flatMap(({ resources, verbs, resourceNames = [''] }) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) => resourceNames.map((name) => `${verb} ${resource} ${name}`.trim())),
      ),
    )
const FOR_DISCOVERY = [
  'list pods',
  'watch pods',
  'list configmaps sublet-gateway-tenant',
  'watch configmaps sublet-gateway-tenant',
]

for (const { name, render, needsKubectl, isOld, finds } of WAYS) {
  describe.skipIf(needsKubectl === true && !hasKubectl)(`what ${name} renders`, () => {
    test('grants reading and nothing else, and never nodes/proxy', () => {
      expect(granted(render())).toEqual([
        'get nodes/stats',
        'get nodes/metrics',
        isOld ? 'list pods' : 'get nodes/pods',
        ...(finds ? FOR_DISCOVERY : []),
      ])
    })

    test('runs the gateway with nothing that it does not need', () => {
      const { spec } = only(render(), 'DaemonSet').spec.template
      expect(spec['hostNetwork'] ?? spec['hostPID'] ?? spec['hostIPC']).toBeUndefined()
      expect(spec['automountServiceAccountToken']).toBe(false)
      expect(spec.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      expect(spec.containers).toHaveLength(1)
      const [container] = spec.containers
      expect(container?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        privileged: false,
        capabilities: { drop: ['ALL'] },
      })
      for (const mount of container?.volumeMounts ?? []) expect(mount.readOnly).toBe(true)
      for (const volume of spec.volumes) expect(volume['hostPath']).toBeUndefined()
      expect(container?.ports.filter(({ hostPort }) => hostPort !== undefined)).toEqual([
        { name: 'https', containerPort: 11250, hostPort: 11250, protocol: 'TCP' },
      ])
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        expect(container).toHaveProperty(probe)
      }
    })

    test('brings a host credential that expires', () => {
      const { spec } = only(render(), 'DaemonSet').spec.template
      const volume = spec.volumes.find((each) => each['projected'] !== undefined)
      const { sources } = volume?.['projected'] as { sources: Record<string, unknown>[] }
      expect(sources[0]).toEqual({
        serviceAccountToken: { path: 'token', expirationSeconds: 3600 },
      })
      expect(spec.containers[0]?.volumeMounts).toContainEqual({
        name: volume?.name,
        mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
        readOnly: true,
      })
    })

    test('lets tenants reach the HTTPS port only', () => {
      const [anybody, monitoring] = only(render(), 'NetworkPolicy').spec.ingress
      expect(anybody).toEqual({ ports: [{ port: 11250, protocol: 'TCP' }] })
      expect(monitoring).toMatchObject({ from: [{}], ports: [{ port: 11251 }] })
    })

    test('holds a configuration that check-config finds no fault in', () => {
      const file = join(dir, 'gateway.yaml')
      writeFileSync(file, only(render(), 'ConfigMap').data['gateway.yaml'] ?? '')
      expect(checkConfig(file, { files: false })).toMatchObject({
        ok: true,
        tenants: finds ? 0 : 1,
        faults: [],
      })
      const { args, ports } = only(render(), 'DaemonSet').spec.template.spec
        .containers[0] as Container & { args: string[] }
      expect(args).toEqual(['gateway', '--config', '/etc/sublet/gateway.yaml'])
      expect(readFileSync(file, 'utf8')).toContain(`admin: 0.0.0.0:${ports[1]?.containerPort}`)
    })
  })
}

/** Every folder below deploy/kustomize that can be rendered by itself. */
const overlays = (): string[] => [
  '.',
  'base',
  ...readdirSync(new URL('kustomize/overlays/', deploy)).map((overlay) => `overlays/${overlay}`),
]

const EVERYTHING = {
  ...DISCOVER,
  watchNamespaces: true,
  oldKubelets: true,
  podMonitor: { enabled: true },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
}
const ALL: readonly (readonly [name: string, render: () => Manifest[]])[] = [
  ...(hasKubectl ? overlays().map((path) => [path, () => kustomize(path)] as const) : []),
  ['the chart with everything', () => helm(EVERYTHING)],
  ...WAYS.filter((way) => !way.needsKubectl).map(({ name, render }) => [name, render] as const),
]

test.each(ALL)('%s is what Kubernetes’ schemas want', async (_, render) => {
  const faults = await Promise.all(render().map(manifestFaults))
  expect(faults.flat()).toEqual([])
})

test('the schemas find what is wrong in a manifest, and what nobody knows', async () => {
  const faultsOf = async (kind: string, from: string, to: string): Promise<string> => {
    const manifest = JSON.stringify(helm(EVERYTHING).find((each) => each.kind === kind))
    expect(manifest).toContain(from)
    return (await manifestFaults(JSON.parse(manifest.replace(from, to)) as Manifest)).join()
  }
  expect(await faultsOf('DaemonSet', '"hostPort":11250', '"hostPort":"x"')).toContain('hostPort')
  expect(await faultsOf('DaemonSet', '"RuntimeDefault"', '"Default"')).toContain('seccompProfile')
  expect(await faultsOf('DaemonSet', '"runAsNonRoot"', '"runAsNobody"')).toBe(
    'unknown field /spec/template/spec/securityContext/runAsNobody',
  )
  expect(await faultsOf('NetworkPolicy', '"ports"', '"port"')).toContain('unknown field')
  expect(await faultsOf('ClusterRole', '"rules"', '"rule"')).toBe('unknown field /rule')
  expect(await faultsOf('PodMonitor', '"interval"', '"every"')).toContain('unknown field')
  expect(await faultsOf('ConfigMap', '"ConfigMap"', '"Configmap"')).toBe('there is no v1 Configmap')
})

test.each(ALL)('%s names nodes/proxy nowhere, nor everything', (_, render) => {
  const manifests = render()
  expect(JSON.stringify(manifests)).not.toContain('nodes/proxy')
  const roles = manifests.filter(({ kind }) => kind.endsWith('Role'))
  expect(roles.length).toBeGreaterThan(0)
  for (const { apiGroups, resources, verbs } of roles.flatMap(({ rules }) => rules)) {
    expect([...apiGroups, ...resources, ...verbs].join()).not.toContain('*')
  }
})

test('the chart watches namespaces where a tenant is known by their labels', () => {
  expect(granted(helm({ watchNamespaces: true })).slice(3)).toEqual([
    'list namespaces',
    'watch namespaces',
  ])
})

test('a PodMonitor comes only where it is asked for, and reads the admin port', () => {
  const podMonitor = { enabled: true, interval: '30s' }
  expect(helm().some(({ kind }) => kind === 'PodMonitor')).toBe(false)
  const ways = [helm({ podMonitor }), ...(hasKubectl ? [kustomize('overlays/pod-monitor')] : [])]
  for (const manifests of ways) {
    const endpoint = { port: 'admin', path: '/metrics', interval: '30s' }
    expect(only(manifests, 'PodMonitor').spec.podMetricsEndpoints).toEqual([endpoint])
  }
})

test.skipIf(!hasKubectl)('the chart and kustomize render the same objects', () => {
  const bare = (manifests: readonly Manifest[]): unknown[] =>
    manifests
      .filter(({ kind }) => !['Namespace', 'ConfigMap'].includes(kind))
      .toSorted((a, b) =>
        `${a.kind} ${a.metadata.name}`.localeCompare(`${b.kind} ${b.metadata.name}`),
      )
      .map((each): unknown =>
        JSON.parse(
          JSON.stringify(each, (key, value: unknown) =>
            key === 'imagePullPolicy' || key === 'nodeSelector' ? undefined : value,
          ),
        ),
      )
  expect(bare(helm())).toEqual(bare(kustomize('.')))
  expect(bare(helm(DISCOVER))).toEqual(bare(kustomize('overlays/discovery')))
  expect(bare(helm({ oldKubelets: true }))).toEqual(bare(kustomize('overlays/old-kubelets')))
  const logs = { logsNamespaces: ['vcluster-k8s1'] }
  expect(bare(helm(logs))).toEqual(bare(kustomize('overlays/logs')))
  const podMonitor = { enabled: true, interval: '30s' }
  expect(bare(helm({ podMonitor }))).toEqual(bare(kustomize('overlays/pod-monitor')))
})

test('the chart’s values are those that its schema knows', () => {
  const schema = JSON.parse(readFileSync(new URL('values.schema.json', chart), 'utf8')) as Schema
  const values = parse(readFileSync(new URL('values.yaml', chart), 'utf8')) as object
  expect(unknownKeys(values, schema, '')).toEqual([])
})

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean
}

function unknownKeys(
  value: object,
  { properties, additionalProperties }: Schema,
  at: string,
): string[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const known = properties?.[key]
    if (known === undefined) return additionalProperties === false ? [`${at}${key}`] : []
    const isObject = typeof member === 'object' && member !== null && !Array.isArray(member)
    return isObject ? unknownKeys(member, known, `${at}${key}.`) : []
  })
}
