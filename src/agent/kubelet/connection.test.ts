import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { createAgentLog } from '../log.ts'
import { kubeletCandidates, type Lookups } from './candidates.ts'
import { createKubeletConnection } from './connection.ts'

const dir = mkdtempSync(join(tmpdir(), 'sublet-token-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const lookups = (found: Partial<Record<string, string[]>> = {}, docker?: string): Lookups => ({
  addressesOf: (name) => Promise.resolve(found[name] ?? []),
  namesOf: (address) => Promise.resolve(found[address] ?? []),
  dockerHostName: () => Promise.resolve(docker),
})

async function basesOf(env: Record<string, string>, found: Lookups): Promise<string[]> {
  const bases: string[] = []
  for await (const { base } of kubeletCandidates(loadConfig(env).kubelet, found)) bases.push(base)
  return bases
}

describe('candidates', () => {
  test('HTTPS to addresses, HTTPS to names, then HTTP alike, each once', async () => {
    const found = lookups(
      { '10.0.0.5': ['node-1'], dockerhost: ['10.0.0.5', '10.0.0.6'] },
      'dockerhost',
    )
    expect(await basesOf({ DD_KUBERNETES_KUBELET_HOST: '10.0.0.5' }, found)).toEqual([
      'https://10.0.0.5:10250',
      'https://10.0.0.6:10250',
      'https://node-1:10250',
      'https://dockerhost:10250',
      'http://10.0.0.5:10255',
      'http://10.0.0.6:10255',
      'http://node-1:10255',
      'http://dockerhost:10255',
    ])
  })

  test('a port of 0 switches a scheme off, an IPv6 address gets brackets', async () => {
    const env = { DD_KUBERNETES_KUBELET_HOST: 'fd00::5', DD_KUBERNETES_HTTP_KUBELET_PORT: '0' }
    expect(await basesOf(env, lookups())).toEqual(['https://[fd00::5]:10250'])
  })

  test('nothing is looked up when the first candidate does', async () => {
    const never: Lookups = {
      addressesOf: () => Promise.reject(new Error('looked up')),
      namesOf: () => Promise.reject(new Error('looked up')),
      dockerHostName: () => Promise.reject(new Error('looked up')),
    }
    const config = loadConfig({ DD_KUBERNETES_KUBELET_HOST: '10.0.0.5' }).kubelet
    const first = await kubeletCandidates(config, never).next()
    expect(first.value).toMatchObject({ base: 'https://10.0.0.5:10250' })
  })
})

describe('connection', () => {
  const connect = (
    env: Record<string, string>,
    now = () => 0,
    log: string[] = [],
  ): ReturnType<typeof createKubeletConnection> =>
    createKubeletConnection({
      config: loadConfig({ DD_KUBERNETES_KUBELET_HOST: '127.0.0.1', ...env }),
      lookups: () => lookups(),
      log: createAgentLog('debug', (line) => void log.push(line)),
      now,
    })
  const signal = new AbortController().signal

  test.each([
    [
      { DD_KUBERNETES_HTTPS_KUBELET_PORT: '0', DD_KUBERNETES_HTTP_KUBELET_PORT: '0' },
      'Invalid Kubelet configuration: both HTTPS and HTTP ports are disabled',
    ],
    [
      { DD_KUBERNETES_HTTPS_KUBELET_PORT: '1', DD_KUBERNETES_HTTP_KUBELET_PORT: '0' },
      'Kubelet connection check failed',
    ],
    [
      { DD_KUBERNETES_HTTPS_KUBELET_PORT: '1', DD_KUBERNETES_HTTP_KUBELET_PORT: '1' },
      'impossible to reach Kubelet with host: 127.0.0.1. Please check if your setup requires kubelet_tls_verify = false. Activate debug logs to see all attempts made',
    ],
    [
      { DD_KUBELET_AUTH_TOKEN_PATH: '/no/token' },
      'kubelet token defined (/no/token) but unable to read, err: open /no/token: no such file or directory',
    ],
  ])('%o', async (env, message) => {
    using connection = connect(env)
    await expect(connection.client(signal)).rejects.toThrow(
      `temporary failure in kubeutil, will retry later: ${message}`,
    )
  })

  test('HTTP is used without a token when HTTPS fails; the search is repeated only after its back-off', async () => {
    const seen: (string | undefined)[] = []
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(404).end()
    })
    const file = join(dir, 'http-token')
    writeFileSync(file, 'a-token')
    let now = 0
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    server.close()
    const log: string[] = []
    const env = {
      DD_KUBELET_AUTH_TOKEN_PATH: file,
      DD_KUBERNETES_HTTPS_KUBELET_PORT: '1',
      DD_KUBERNETES_HTTP_KUBELET_PORT: String(port),
    }
    using connection = connect(env, () => now, log)
    await expect(connection.client(signal)).rejects.toThrow('impossible to reach')
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    await expect(connection.client(signal)).rejects.toThrow('impossible to reach')
    now = 1_000
    const client = await connection.client(signal)
    expect(client.base).toBe(`http://127.0.0.1:${port}`)
    expect(seen).toEqual([undefined])
    expect(log.join('\n')).toContain('HTTP is used instead')
    server.close()
  })
})
