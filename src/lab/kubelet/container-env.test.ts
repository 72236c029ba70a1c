import { expect, test } from 'vitest'
import type { Container, Pod, PodSpec, Service } from '../../kube/index.ts'
import { containerEnv, expandAll } from './container-env.ts'

const NAMESPACE = 'team'
const bytes = (data: Record<string, string>): Map<string, Buffer> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]))
const WEB: Service = {
  metadata: { name: 'web', namespace: NAMESPACE },
  spec: { clusterIP: '10.0.0.7', ports: [{ port: 80 }] },
}

async function env(
  container: Partial<Container>,
  spec: Partial<PodSpec> = {},
): Promise<Record<string, string>> {
  const whole: Container = { name: 'main', image: 'busybox', ...container }
  const pod: Pod = {
    metadata: { name: 'p', namespace: NAMESPACE },
    spec: { containers: [whole], ...spec },
  }
  const values = await containerEnv(whole, {
    pod,
    addresses: { hostIp: '127.0.0.1', podIp: '127.0.0.2' },
    objects: {
      secret: (name) => Promise.resolve(name === 's' ? bytes({ p: 'q' }) : undefined),
      configMap: (name) =>
        Promise.resolve(
          name === 'cm' ? bytes({ good: '1', '1num': '3', 'dot.ted': '4' }) : undefined,
        ),
      services: () => Promise.resolve([WEB]),
    },
    apiServer: { host: '127.0.0.9', port: 6443 },
    rootDir: '/',
  })
  return Object.fromEntries(values)
}

test('envFrom: all keys, with a prefix; env wins and may refer to them', async () => {
  const values = await env({
    envFrom: [
      { configMapRef: { name: 'cm' } },
      { prefix: 'S_', secretRef: { name: 's' } },
      { configMapRef: { name: 'none', optional: true } },
    ],
    env: [
      { name: 'dot.ted', value: 'mine' },
      { name: 'BOTH', value: '$(good)-$(S_p)-$(WEB_SERVICE_HOST)' },
    ],
  })
  expect(values).toMatchObject({
    good: '1',
    '1num': '3',
    'dot.ted': 'mine',
    S_p: 'q',
    BOTH: '1-q-10.0.0.7',
  })
})

test.each([
  [{ configMapRef: { name: 'none' } }, 'configmap "none" not found'],
  [{ secretRef: { name: 'none' } }, 'secret "none" not found'],
])('what envFrom names must be there: %j', async (source, message) => {
  await expect(env({ envFrom: [source] })).rejects.toThrow(message)
})

test('services: the API server always, the namespace’s own with service links', async () => {
  expect(await env({})).toMatchObject({
    KUBERNETES_SERVICE_HOST: '127.0.0.9',
    KUBERNETES_SERVICE_PORT_HTTPS: '6443',
    WEB_SERVICE_HOST: '10.0.0.7',
  })
  const without = await env({}, { enableServiceLinks: false })
  expect(without).toHaveProperty('KUBERNETES_PORT', 'tcp://127.0.0.9:6443')
  expect(without).not.toHaveProperty('WEB_SERVICE_HOST')
})

test('the container’s own variables win over the services’', async () => {
  const values = await env({ env: [{ name: 'WEB_SERVICE_HOST', value: 'here' }] })
  expect(values).toMatchObject({ WEB_SERVICE_HOST: 'here', WEB_SERVICE_PORT: '80' })
})

test('limits and requests, of this container or another one', async () => {
  const ref = (resource: string, containerName?: string): object => ({
    valueFrom: { resourceFieldRef: { resource, ...(containerName ? { containerName } : {}) } },
  })
  const other = { name: 'other', image: 'x', resources: { limits: { memory: '1Ki' } } }
  const values = await env(
    {
      env: [
        { name: 'OWN', ...ref('requests.cpu') },
        { name: 'OTHER', ...ref('limits.memory', 'other') },
        { name: 'NODE', ...ref('limits.cpu') },
      ],
      resources: { requests: { cpu: '1500m' } },
    },
    { containers: [other] },
  )
  expect(values).toMatchObject({ OWN: '2', OTHER: '1024' })
  expect(Number(values['NODE'])).toBeGreaterThan(0)
  await expect(env({ env: [{ name: 'X', ...ref('limits.cpu', 'no') }] })).rejects.toThrow(
    'container no not found',
  )
})

test('references are replaced as a real kubelet does it', () => {
  const known = new Map([['A', 'va']])
  const words = ['$(A)', '$$(A)', '$$$(A)', '$(A', '$()', '$A', 'a$', '$$', '$(A)$(A)', '$( A)']
  expect(expandAll(words, known)).toEqual([
    'va',
    '$(A)',
    '$va',
    '$(A',
    '$()',
    '$A',
    'a$',
    '$',
    'vava',
    '$( A)',
  ])
})
