import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import type { Secret } from '../src/core/index.ts'
import { startGatewayRig, type GatewayRig } from './helpers/gateway-rig.ts'

/** A real Prometheus (Debian's package) scrapes the gateway as docs/gateway.md says: HTTPS, verified, with a tenant's token. */

const installed = spawnSync('prometheus', ['--version']).status === 0
const ENDPOINTS = ['/metrics/cadvisor', '/metrics/resource', '/metrics/probes', '/metrics']
const FOREIGN = /k8s2|-x-test-app-x-|vcluster-k8s|host-app/

describe.skipIf(!installed)('Prometheus, where it is installed', () => {
  let rig: GatewayRig
  let token: Secret
  let prometheus: ChildProcess
  let web = ''

  beforeAll(async () => {
    rig = await startGatewayRig()
    token = await rig.account(rig.k8s1, 'prometheus', ['metrics'])
    const path = (name: string): string => join(rig.dir, name)
    writeFileSync(path('agent-token'), token.reveal(), { mode: 0o600 })
    writeFileSync(path('prometheus.yml'), configuration(rig))
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${path('prometheus.yml')}`,
        `--storage.tsdb.path=${path('prometheus')}`,
        '--web.listen-address=127.0.0.1:0',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    let log = ''
    prometheus.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()))
    web = await waitFor(
      'Prometheus to listen',
      // Between the two lines it answers 503.
      () =>
        log.includes('Server is ready to receive web requests')
          ? /msg="Listening on" address=(127\.0\.0\.1:\d+)/.exec(log)?.[1]
          : undefined,
      { timeoutMs: 20_000, last: () => log.slice(-500) },
    )
  }, 60_000)

  afterAll(async () => {
    const ended = new Promise((resolve) => prometheus.once('exit', resolve))
    prometheus.kill('SIGTERM')
    await ended
    await rig[Symbol.asyncDispose]()
  })

  test('every endpoint is a healthy target', async () => {
    const targets = await waitFor(
      'all targets to be scraped',
      async () => {
        const { activeTargets } = (await query('targets')) as {
          activeTargets: { health: string; lastError: string; labels: { job: string } }[]
        }
        const scraped = activeTargets.filter(({ health }) => health !== 'unknown')
        return scraped.length === ENDPOINTS.length ? scraped : undefined
      },
      { timeoutMs: 15_000 },
    )
    expect(
      targets.map(({ labels, health, lastError }) => [labels.job, health, lastError]).sort(),
    ).toEqual(ENDPOINTS.toSorted().map((path) => [path, 'up', '']))
  })

  test('what it stored is the tenant’s pods and nothing of a neighbour', async () => {
    const stored = await waitFor(
      'cadvisor and resource samples',
      async () => {
        const { result } = (await query('query', 'query={pod!=""}')) as {
          result: { metric: Record<string, string> }[]
        }
        return result.some(({ metric }) => metric['__name__'] === 'pod_memory_working_set_bytes')
          ? result
          : undefined
      },
      { timeoutMs: 15_000 },
    )
    expect(
      new Set(stored.map(({ metric }) => `${metric['namespace'] ?? ''}/${metric['pod'] ?? ''}`)),
    ).toEqual(
      new Set([
        'monitoring/a-rather-long-pod-name-as-operators-make-them-7d9f8b6c5d-x2k4q',
        'test-app/simple-app-k8s1',
        'test-app/web-64dddff6c4-dnk2p',
      ]),
    )
    expect(JSON.stringify(stored)).not.toMatch(FOREIGN)
  })

  async function query(what: string, parameters = ''): Promise<unknown> {
    const answer = await fetch(`http://${web}/api/v1/${what}?${encodeURI(parameters)}`)
    return ((await answer.json()) as { data: unknown }).data
  }
})

/** As in docs/gateway.md; the captured samples are old, so their own times are not taken. */
function configuration({ gateway, dir }: GatewayRig): string {
  const jobs = ENDPOINTS.map(
    (path) => `
  - job_name: ${path}
    scheme: https
    metrics_path: ${path}
    honor_timestamps: false
    authorization: { credentials_file: ${dir}/agent-token }
    tls_config: { ca_file: ${dir}/ca.crt }
    static_configs: [{ targets: ['127.0.0.1:${gateway.port}'] }]`,
  )
  return `global: { scrape_interval: 1s }\nscrape_configs:${jobs.join('')}\n`
}
