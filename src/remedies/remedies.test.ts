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

test('the gateway never asks for nodes/proxy, nor for any verb but get', () => {
  const roles = remedyOf('gateway')
    .hostObjects(target)
    .filter((object) => object.kind === 'ClusterRole')
  const rules = roles.flatMap((role) => role['rules'] as PolicyRule[])
  expect(rules).toEqual([
    { apiGroups: [''], resources: ['nodes/stats', 'nodes/metrics', 'nodes/pods'], verbs: ['get'] },
  ])
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
      message: 'there is no remedy "prayer"; known: none, token-override, gateway',
    }),
  )
})
