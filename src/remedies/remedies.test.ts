import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { DaemonSet, PolicyRule } from '../kube/index.ts'
import { REMEDIES, gatewayConfig, remedyOf, type RemedyTarget } from './index.ts'

const target: RemedyTarget = {
  vcluster: 'k8s1',
  hostNamespace: 'vcluster-k8s1',
  agentNamespace: 'datadog',
  agentName: 'datadog-agent',
  agentContainer: 'agent',
  hostAgent: {
    image: 'ghcr.io/sublet/sublet:0.1.0',
    vclusters: [
      { name: 'k8s1', hostNamespace: 'vcluster-k8s1' },
      { name: 'k8s2', hostNamespace: 'vcluster-k8s2' },
    ],
  },
  gateway: {
    image: 'ghcr.io/sublet/sublet:0.1.0',
    nodeName: 'node-1',
    address: '127.20.0.1',
    port: 11250,
    adminAddress: '127.0.0.1',
    kubeletUrl: 'https://127.20.0.1:10250',
    certPem: 'cert',
    keyPem: 'key',
    caPem: 'ca',
    tenants: [
      {
        name: 'k8s1',
        hostNamespace: 'vcluster-k8s1',
        apiUrl: 'https://127.20.1.9:8443',
        apiCaPem: 'ca1',
        jwks: '{}',
      },
    ],
  },
}

const agent: DaemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'datadog-agent', namespace: 'datadog' },
  spec: {
    selector: { matchLabels: { app: 'datadog-agent' } },
    template: {
      spec: {
        volumes: [{ name: 'runtimesocketdir', hostPath: { path: '/var/run' } }],
        containers: [
          {
            name: 'agent',
            image: 'a',
            env: [{ name: 'DD_KUBELET_TLS_VERIFY', value: 'false' }],
            volumeMounts: [{ name: 'runtimesocketdir', mountPath: '/host/var/run' }],
          },
          {
            name: 'trace-agent',
            image: 'a',
            volumeMounts: [{ name: 'runtimesocketdir', mountPath: '/host/var/run' }],
          },
        ],
      },
    },
  },
}

test('no remedy changes the DaemonSet that it is given', () => {
  const before = JSON.stringify(agent)
  for (const remedy of REMEDIES) remedy.changeAgent(agent, target)
  expect(JSON.stringify(agent)).toBe(before)
})

const rulesOf = (id: string): PolicyRule[] =>
  remedyOf(id)
    .hostObjects(target)
    .filter((object) => object.kind === 'ClusterRole')
    .flatMap((role) => role['rules'] as PolicyRule[])

test('the gateway never asks for nodes/proxy, nor for any verb but get', () => {
  expect(rulesOf('gateway')).toEqual([
    { apiGroups: [''], resources: ['nodes/stats', 'nodes/metrics', 'nodes/pods'], verbs: ['get'] },
  ])
})

test.each(['token-path', 'host-agent'])('%s asks for no nodes/proxy and writes nothing', (id) => {
  const rules = rulesOf(id)
  expect(rules.flatMap(({ resources = [] }) => resources)).not.toContain('nodes/proxy')
  for (const { verbs } of rules) expect(['get', 'list']).toEqual(expect.arrayContaining(verbs))
})

const changedBy = (id: string): DaemonSet['spec']['template']['spec'] =>
  remedyOf(id).changeAgent(agent, target).spec.template.spec

test('token-path gives the kubelet check a file of its own and leaves the agent’s own token alone', () => {
  const [container] = changedBy('token-path').containers
  const places = container?.volumeMounts?.map((mount) => mount.mountPath)
  expect(places).toEqual(['/host/var/run', '/var/run/secrets/host-kubelet'])
  expect(container?.env).toContainEqual({
    name: 'DD_KUBELET_AUTH_TOKEN_PATH',
    value: '/var/run/secrets/host-kubelet/token',
  })
})

test('runtime switches the kubelet check off and mounts what Docker and control groups tell', () => {
  const { containers, volumes } = changedBy('runtime')
  expect(containers[0]?.volumeMounts?.map((mount) => mount.mountPath)).toEqual([
    '/etc/datadog-agent/conf.d/kubelet.d',
    '/host/var/run',
    '/host/proc',
    '/host/sys/fs/cgroup',
  ])
  expect(volumes?.flatMap((volume) => volume.hostPath?.path ?? [])).toEqual([
    '/var/run',
    '/proc',
    '/sys/fs/cgroup',
  ])
  const [config] = remedyOf('runtime').tenantObjects(target)
  expect(parse((config?.['data'] as Record<string, string>)['conf.yaml'] ?? '')).toEqual({
    init_config: null,
    instances: [],
  })
})

test('host-agent names every vcluster of the host and mounts nothing of the node', () => {
  const set = remedyOf('host-agent')
    .hostObjects(target)
    .find((object) => object.kind === 'DaemonSet') as DaemonSet
  const { containers, volumes } = set.spec.template.spec
  expect(JSON.stringify(volumes)).not.toContain('hostPath')
  expect(containers[0]?.env).toContainEqual({
    name: 'SUBLET_VCLUSTERS',
    value: 'k8s1=vcluster-k8s1,k8s2=vcluster-k8s2',
  })
})

test('no two remedies bring the same namespace: taking one away would take the other', () => {
  const namespaces = REMEDIES.flatMap((remedy) => remedy.hostObjects(target))
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => metadata.name)
  expect(new Set(namespaces).size).toBe(namespaces.length)
})

test('host-agent leaves the tenant’s own agent no node to run on, and nothing else of it changed', () => {
  const { nodeSelector, ...rest } = changedBy('host-agent')
  expect(nodeSelector).toEqual({ 'sublet/agent': 'on-the-host' })
  expect(rest).toEqual(agent.spec.template.spec)
})

test('the gateway remedy takes the runtime socket away from every container of the agent', () => {
  const changed = remedyOf('gateway').changeAgent(agent, target).spec.template.spec
  expect(changed.volumes?.map((volume) => volume.name)).toEqual(['sublet-gateway-ca'])
  const mounts = changed.containers.flatMap((container) => container.volumeMounts ?? [])
  expect(mounts.map((mount) => mount.name)).not.toContain('runtimesocketdir')
})

test('the gateway remedy leaves the agent’s own token alone and verifies the gateway’s certificate', () => {
  const [container] = remedyOf('gateway').changeAgent(agent, target).spec.template.spec.containers
  expect(container?.volumeMounts?.map((mount) => mount.mountPath)).toEqual(['/etc/sublet'])
  expect(container?.env).toContainEqual({ name: 'DD_KUBELET_TLS_VERIFY', value: 'true' })
  expect(
    container?.env?.filter((variable) => variable.name === 'DD_KUBELET_TLS_VERIFY'),
  ).toHaveLength(1)
})

test('the gateway, with the node’s network, still resolves the Services that its tenants’ API servers are', () => {
  const set = remedyOf('gateway')
    .hostObjects(target)
    .find((object) => object.kind === 'DaemonSet') as DaemonSet
  expect(set.spec.template.spec).toMatchObject({
    hostNetwork: true,
    dnsPolicy: 'ClusterFirstWithHostNet',
  })
})

test('token-override puts the host token where the agent’s own token was', () => {
  const changed = remedyOf('token-override').changeAgent(agent, target).spec.template.spec
  expect(changed.initContainers?.map((container) => container.name)).toEqual(['copy-host-token'])
  expect(changed.containers[0]?.volumeMounts).toContainEqual({
    name: 'token-override',
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    readOnly: true,
  })
})

test('the gateway’s configuration names each tenant with its own API server and keys', () => {
  expect(parse(gatewayConfig(target.gateway))).toMatchObject({
    listen: '127.20.0.1:11250',
    kubelet: { url: 'https://127.20.0.1:10250', nodeName: 'node-1' },
    tenants: [
      {
        name: 'k8s1',
        hostNamespaces: ['vcluster-k8s1'],
        vcluster: 'k8s1',
        api: { url: 'https://127.20.1.9:8443', caFile: '/etc/sublet/k8s1-ca.crt' },
        keys: { jwksFile: '/etc/sublet/k8s1.jwks' },
      },
    ],
  })
})

test('an unknown remedy is wrong usage, and the message lists the known ones', () => {
  expect(() => remedyOf('prayer')).toThrow(
    expect.objectContaining({
      code: 'E_USAGE',
      message:
        'there is no remedy "prayer"; known: none, token-override, token-path, host-agent, runtime, gateway',
    }),
  )
})
