import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { createAuthority, jwksOf } from '../src/kube/index.ts'
import { startScriptedServer } from '../test/helpers/scripted-server.ts'
import { startScriptedTenant, type ScriptedTenant } from '../test/helpers/scripted-tenant.ts'
import { generateAnswers } from './generate-answers.ts'
import { generateNode } from './generate-node.ts'
import type { Load, LoadResult } from './load-client.ts'

/** A gateway in a process of its own, before a kubelet that serves a generated node. */
export interface BenchRig extends AsyncDisposable {
  readonly tenants: number
  /** One request of a tenant over its kept-alive connections; the status and how long it took, in milliseconds. */
  ask(tenant: number, path: string): Promise<{ status: number; ms: number; bytes: number }>
  /** Requests at a fixed rate, of all tenants in turn, sent by a process of its own. */
  load(options: Pick<Load, 'path' | 'perSecond' | 'seconds'>): Promise<LoadResult>
  /** CPU time of the gateway since it started, in milliseconds. */
  cpu(): number
  /** Resident memory of the gateway in MiB: now, and at most. */
  memory(): { now: number; most: number }
}

export async function startBenchRig(
  podCount: number,
  tenantCount: number,
  ttl: string,
): Promise<BenchRig> {
  const answers = generateAnswers(generateNode(podCount, tenantCount))
  const authority = await createAuthority('host')
  const ca = authority.certPem
  const tls = await authority.issueServing({ commonName: 'node', addresses: ['127.0.0.1'] })
  const kubelet = await startScriptedServer(tls, (request, response) => {
    const body = answers[request.url ?? '']
    const type = request.url?.startsWith('/metrics') ? 'text/plain' : 'application/json'
    response.writeHead(body ? 200 : 404, { 'content-type': type }).end(body)
  })
  const tenants = await Promise.all(
    Array.from({ length: tenantCount }, (_, i) => startScriptedTenant(`k8s${i + 1}`, tls)),
  )
  const tokens = await Promise.all(tenants.map((tenant) => tenant.token('agent')))
  const dir = writeFiles({
    'tls.crt': tls.certPem,
    'tls.key': tls.keyPem,
    'ca.crt': ca,
    token: 'host-credential',
    ...Object.fromEntries(tenants.map(({ name, key }) => [`${name}.jwks`, jwksText(key)])),
    'gateway.yaml': configText(kubelet.url, tenants, ttl),
  })
  const { child, pid, port } = await spawnGateway(join(dir, 'gateway.yaml'))
  const agents = tenants.map(() => new Agent({ keepAlive: true, maxSockets: 4 }))
  return {
    tenants: tenantCount,
    ask: (tenant, path) =>
      ask(
        { host: '127.0.0.1', port, ca, agent: agents[tenant], path },
        tokens[tenant]?.reveal() ?? '',
      ),
    load: (options) =>
      runLoad({ ...options, port, ca, tokens: tokens.map((token) => token.reveal()) }),
    cpu: () => cpuOf(pid),
    memory: () => memoryOf(pid),
    async [Symbol.asyncDispose]() {
      for (const agent of agents) agent.destroy()
      child.stdin.end()
      await new Promise((resolve) => child.once('exit', resolve))
      await Promise.all([kubelet, ...tenants].map((each) => each[Symbol.asyncDispose]()))
      rmSync(dir, { recursive: true })
    },
  }
}

const jwksText = (key: ScriptedTenant['key']): string => JSON.stringify(jwksOf([key]))

/** In a new folder, whose path it returns. */
function writeFiles(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'sublet-bench-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

/** Resolves when it listens. It ends when its input does. */
async function spawnGateway(
  configFile: string,
): Promise<{ child: ChildProcessByStdio<Writable, Readable, null>; pid: number; port: number }> {
  const script = scriptOf('gateway-child.js')
  // For a profile: BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/profiles'
  const flags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
  const [command, ...args] = [...onCore(0), process.execPath, ...flags, script] as const
  const child = spawn(command, [...args, configFile], { stdio: ['pipe', 'pipe', 'ignore'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())))
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code ?? 'a signal'}`)))
  })
  return { child, pid: child.pid ?? 0, port }
}

async function runLoad(load: Load): Promise<LoadResult> {
  const client = spawn(process.execPath, [scriptOf('load-client.js')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  client.stdin.end(JSON.stringify(load))
  return JSON.parse(await text(client.stdout)) as LoadResult
}

const proc = (pid: number, name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8')

function cpuOf(pid: number): number {
  // Nanoseconds, where /proc/PID/stat counts hundredths of a second; of each thread, as no sum of them is there.
  const threads = readdirSync(`/proc/${pid}/task`)
  const times = threads.map((each) => Number(proc(pid, `task/${each}/schedstat`).split(' ')[0]))
  return times.reduce((sum, time) => sum + time, 0) / 1e6
}

function memoryOf(pid: number): { now: number; most: number } {
  const mib = (key: string): number =>
    Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(proc(pid, 'status'))?.[1]) / 1024
  return { now: mib('VmRSS'), most: mib('VmHWM') }
}

const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const CAN_PIN = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

/** Whether the gateway has a core of its own: this process, with the kubelet, and the client share another one. */
export function pinCores(): boolean {
  return CAN_PIN && spawnSync('taskset', ['-acp', '1', String(process.pid)]).status === 0
}

/** What to put before a command. */
export const onCore = (core: number): string[] => (CAN_PIN ? ['taskset', '-c', String(core)] : [])

function configText(kubelet: string, tenants: readonly ScriptedTenant[], ttl: string): string {
  const list = tenants.map(
    ({ name, server: { url } }) =>
      `\n  - { name: ${name}, hostNamespaces: [vcluster-${name}], api: { url: '${url}', caFile: ca.crt }, keys: { jwksFile: ${name}.jwks } }`,
  )
  return `listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: '${kubelet}', nodeName: minikube, caFile: ca.crt, tokenFile: token }
snapshot: { ttl: ${ttl} }
tenants:${list.join('')}
`
}

function ask(
  options: RequestOptions,
  token: string,
): Promise<{ status: number; ms: number; bytes: number }> {
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' }
    httpsRequest({ ...options, headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => (bytes += chunk.length))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, ms: performance.now() - start, bytes })
      })
    })
      .on('error', reject)
      .end()
  })
}
