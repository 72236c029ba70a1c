import { describe, expect, test } from 'vitest'
import type { DaemonSet, KubeObject } from '../../kube/index.ts'
import { mergeValues, parseSet, parseValues, renderDatadog, type Values } from './index.ts'

const render = (values: Values): ReturnType<typeof renderDatadog> =>
  renderDatadog({
    release: 'datadog-agent',
    namespace: 'datadog',
    values,
    clusterAgentToken: 'x'.repeat(32),
  })

const daemonSet = (values: Values): DaemonSet =>
  render(values).objects.find(({ kind }) => kind === 'DaemonSet') as DaemonSet

const VALUES = parseValues(
  `
datadog:
  site: datadoghq.eu
  apiKeyExistingSecret: datadog-secret
  clusterName: k8s1
  kubelet: { tlsVerify: false }
  logs: { enabled: true, containerCollectAll: true }
agents:
  containers:
    agent:
      env: [{ name: DD_SITE, value: 1 }]
  volumes: [{ name: token, secret: { secretName: s } }, { name: conf, configMap: { name: c } }]
  volumeMounts: [{ name: conf, mountPath: /etc/conf.yaml, subPath: conf.yaml }]
`,
  'values.yaml',
)

describe('datadog/datadog', () => {
  test('makes the objects of the chart, under its names', () => {
    const names = render(VALUES).objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    expect(names).toEqual([
      'ServiceAccount datadog-agent-cluster-agent',
      'ServiceAccount datadog-agent',
      'Secret datadog-agent-cluster-agent',
      'ConfigMap datadog-agent-installinfo',
      'ConfigMap datadog-agent-kpi-telemetry-configmap',
      'ConfigMap datadog-agent-endpoint-config',
      'ConfigMap datadog-agent-cluster-agent-confd',
      'ClusterRole datadog-agent-cluster-agent',
      'ClusterRole datadog-agent-ksm-core',
      'ClusterRole datadog-agent',
      'ClusterRoleBinding datadog-agent-cluster-agent',
      'ClusterRoleBinding datadog-agent-ksm-core',
      'ClusterRoleBinding datadog-agent',
      'Role datadog-agent-cluster-agent-main',
      'Role datadog-agent-dca-flare',
      'RoleBinding datadog-agent-cluster-agent-main',
      'RoleBinding datadog-agent-dca-flare',
      'Service datadog-agent-cluster-agent',
      'Service datadog-agent-cluster-agent-admission-controller',
      'Service datadog-agent',
      'DaemonSet datadog-agent',
      'Deployment datadog-agent-cluster-agent',
    ])
  })

  test('gives the agent its environment, volumes and mounts, what the values add last', () => {
    const { spec } = daemonSet(VALUES).spec.template
    expect(spec.initContainers?.map(({ name }) => name)).toEqual(['init-volume', 'init-config'])
    expect(spec.containers.map(({ name }) => name)).toEqual(['agent', 'trace-agent'])
    const [agent, trace] = spec.containers
    expect(agent?.image).toBe('eu.gcr.io/datadoghq/agent:7.74.0')
    const env = Object.fromEntries((agent?.env ?? []).map(({ name, value }) => [name, value]))
    expect(env).toMatchObject({
      DD_CLUSTER_NAME: 'k8s1',
      DD_KUBELET_TLS_VERIFY: 'false',
      DD_LOGS_ENABLED: 'true',
      DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL: 'true',
      DD_CLUSTER_AGENT_ENABLED: 'true',
      DD_SITE: '1',
    })
    expect(agent?.env).toContainEqual({
      name: 'DD_API_KEY',
      valueFrom: { secretKeyRef: { name: 'datadog-secret', key: 'api-key' } },
    })
    const added = { name: 'conf', mountPath: '/etc/conf.yaml', subPath: 'conf.yaml' }
    for (const container of [agent, trace]) expect(container?.volumeMounts?.at(-1)).toEqual(added)
    expect(spec.volumes?.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pointerdir', 'logpodpath', 'token', 'conf']),
    )
  })

  test('every mount has its volume', () => {
    for (const values of [VALUES, { datadog: { apiKey: 'a', criSocketPath: '/run/c.sock' } }]) {
      const { spec } = daemonSet(values).spec.template
      const volumes = spec.volumes?.map(({ name }) => name) ?? []
      for (const { volumeMounts = [] } of [...(spec.initContainers ?? []), ...spec.containers])
        for (const { name } of volumeMounts) expect(volumes).toContain(name)
    }
  })

  test('without a key makes no agents and says so', () => {
    const { objects, notes } = render({})
    expect(objects.map(({ kind }) => kind)).not.toContain('DaemonSet')
    expect(notes).toContain('You did not set a datadog.apiKey')
  })

  test('without a cluster agent lets the agent read more', () => {
    const { objects } = render(mergeValues(VALUES, { clusterAgent: { enabled: false } }))
    const named = (kind: string): KubeObject[] => objects.filter((object) => object.kind === kind)
    expect(named('Deployment')).toEqual([])
    expect(JSON.stringify(named('ClusterRole'))).toContain('componentstatuses')
  })

  test('names the values that it does not know', () => {
    const values = { datadog: { apiKey: 'a', apm: { portEnabled: true } }, fips: { enabled: true } }
    expect(render(values).unknown).toEqual(['datadog.apm.portEnabled', 'fips'])
  })

  test.each([
    [{ datadog: { clusterName: 'Not_A_Name' } }, 'datadog.clusterName'],
    [{ datadog: { logs: { enabled: 'yes' } } }, 'datadog.logs.enabled'],
    [{ agents: { volumes: {} } }, 'agents.volumes'],
  ])('refuses %j', (values, path) => expect(() => render(values)).toThrow(path))
})

describe('values', () => {
  test('of --set are typed, split and unescaped; later ones win', () => {
    expect(parseSet('a.b=1,a.c=true,d\\.e=x\\,y=z,f=')).toEqual({
      a: { b: 1, c: true },
      'd.e': 'x,y=z',
      f: '',
    })
    expect(parseSet('a=1', { asText: true })).toEqual({ a: '1' })
    expect(mergeValues({ a: { b: 1, c: 2 } }, parseSet('a.b=null'), { a: { d: [1] } })).toEqual({
      a: { c: 2, d: [1] },
    })
  })

  test.each(['a', 'a[0]=1', 'a={1,2}'])('of --set %s are refused', (text) => {
    expect(() => parseSet(text)).toThrow(/--set needs|sets no lists/)
  })

  test('called __proto__ are only values', () => {
    const merged = mergeValues({}, parseSet('__proto__.polluted=1'))
    expect(Object.keys(merged)).toEqual(['__proto__'])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})
