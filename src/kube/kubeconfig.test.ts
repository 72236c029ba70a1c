import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { secret, type SubletError } from '../core/index.ts'
import {
  formatKubeconfig,
  kubeconfigOf,
  mergeKubeconfigs,
  parseKubeconfig,
  type Kubeconfig,
} from './kubeconfig.ts'
import { inClusterOptions, loadKubeconfig, targetOf } from './kubeconfig-target.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sublet-kubeconfig-'))
})
afterAll(() => rm(folder, { recursive: true }))

const SERVER = 'https://127.0.0.1:8443'

function configOf(user: object, cluster: object = { server: SERVER }): Kubeconfig {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'k', cluster: cluster as { server: string } }],
    users: [{ name: 'u', user: { ...user } }],
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
  }
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught as SubletError,
  )
  expect(error?.code).toBe('E_CONFIG')
  return error?.message ?? ''
}

describe('a kubeconfig that was built', () => {
  test('with a certificate is read back to the same', async () => {
    const credential = { kind: 'certificate', cert: 'CERT\n', key: 'KEY\n' } as const
    const config = kubeconfigOf({
      name: 'k1',
      server: SERVER,
      caPem: 'CA\n',
      credential,
      namespace: 'a',
    })
    const text = await formatKubeconfig(config)
    expect(text).toContain('current-context: k1')
    const path = join(folder, 'built')
    await writeFile(path, text)
    expect(await loadKubeconfig(path)).toEqual({
      context: 'k1',
      namespace: 'a',
      options: { server: SERVER, ca: 'CA\n', credential },
    })
  })

  test('with a token keeps it out of sight once it is read', async () => {
    const config = kubeconfigOf({
      name: 'k1',
      server: SERVER,
      credential: { kind: 'token', token: secret('hidden') },
      insecureSkipTlsVerify: true,
    })
    const { options, namespace } = await targetOf(
      await parseKubeconfig(await formatKubeconfig(config), 'x'),
    )
    expect(namespace).toBe('default')
    expect(options.insecureSkipTlsVerify).toBe(true)
    expect(JSON.stringify(options)).not.toContain('hidden')
    expect(options.credential.kind === 'token' && options.credential.token.reveal()).toBe('hidden')
  })

  test('is merged with others, the earlier ones first', async () => {
    const of = (name: string, server: string): Kubeconfig =>
      kubeconfigOf({ name, server, credential: { kind: 'none' } })
    const merged = mergeKubeconfigs(
      of('a', 'https://a'),
      of('b', 'https://b'),
      of('a', 'https://c'),
    )
    expect(merged['current-context']).toBe('a')
    expect(merged.contexts.map(({ name }) => name)).toEqual(['a', 'b'])
    expect((await targetOf(merged)).options.server).toBe('https://a')
    expect((await targetOf(merged, { context: 'b' })).options.server).toBe('https://b')
  })
})

describe('a kubeconfig from a file', () => {
  test('may name other files, relative to itself', async () => {
    await mkdir(join(folder, 'pki'), { recursive: true })
    for (const name of ['ca', 'cert', 'key']) await writeFile(join(folder, 'pki', name), name)
    const config = configOf(
      { 'client-certificate': 'pki/cert', 'client-key': 'pki/key' },
      { server: SERVER, 'certificate-authority': 'pki/ca' },
    )
    const { options } = await targetOf(config, { directory: folder })
    expect(options).toEqual({
      server: SERVER,
      ca: 'ca',
      credential: { kind: 'certificate', cert: 'cert', key: 'key' },
    })
    const tokenFile = await targetOf(configOf({ tokenFile: 'pki/token' }), { directory: folder })
    const path = join(folder, 'pki', 'token')
    expect(tokenFile.options.credential).toEqual({ kind: 'token-file', path })
  })

  test('that lacks something says all of it at once', async () => {
    const config = configOf(
      { exec: { command: 'aws' }, as: 'admin', 'client-key-data': 'AA==' },
      { 'proxy-url': 'x' },
    )
    const message = await messageOf(targetOf(config))
    expect(message).toContain('exec plugins are not supported')
    expect(message).toContain('as is not supported')
    expect(message).toContain('client-certificate and client-key belong together')
    expect(message).toContain('proxy-url is not supported')
    expect(message).toContain('server is missing')
  })

  test('without the wanted context, cluster, user or file says so', async () => {
    const config = configOf({})
    expect(await messageOf(targetOf(config, { context: 'x' }))).toContain('(there are: c)')
    expect(await messageOf(targetOf({ ...config, clusters: [] }))).toContain('no cluster "k"')
    expect(await messageOf(targetOf({ ...config, users: [] }))).toContain('no user "u"')
    expect(await messageOf(loadKubeconfig(join(folder, 'missing')))).toContain('cannot be read')
    const missing = configOf({}, { server: SERVER, 'certificate-authority': 'nowhere' })
    expect(await messageOf(targetOf(missing))).toContain('nowhere cannot be read')
  })

  test.each([
    ': : :',
    '[]',
    '7',
    '{kind: Pod}',
    '{clusters: 7}',
    '{users: [{user: {}}]}',
    '{a: [}',
  ])('%s is refused', async (text) => {
    expect(await messageOf(parseKubeconfig(text, 'the file'))).toContain('the file')
  })

  test('a file that is no YAML is not quoted', async () => {
    const text = 'users:\n- user: {token: hidden'
    expect(await messageOf(parseKubeconfig(text, 'the file'))).not.toContain('hidden')
  })
})

describe('in a pod', () => {
  test('address, CA, namespace and the rotating token are found below the container’s root', async () => {
    const directory = join(folder, 'root/var/run/secrets/kubernetes.io/serviceaccount')
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'ca.crt'), 'CA')
    await writeFile(join(directory, 'namespace'), 'datadog\n')
    const env = {
      KUBERNETES_SERVICE_HOST: '::1',
      KUBERNETES_SERVICE_PORT: '443',
      SUBLET_CONTAINER_ROOT: join(folder, 'root'),
    }
    expect(await inClusterOptions({ env })).toEqual({
      context: 'in-cluster',
      namespace: 'datadog',
      options: {
        server: 'https://[::1]:443',
        ca: 'CA',
        credential: { kind: 'token-file', path: join(directory, 'token') },
      },
    })
  })

  test('elsewhere it says what is missing', async () => {
    expect(await messageOf(inClusterOptions({ env: {} }))).toContain('this is no pod')
    const env = {
      KUBERNETES_SERVICE_HOST: 'h',
      KUBERNETES_SERVICE_PORT: '1',
      SUBLET_CONTAINER_ROOT: '/nowhere',
    }
    expect(await messageOf(inClusterOptions({ env }))).toContain('ca.crt cannot be read')
  })
})
