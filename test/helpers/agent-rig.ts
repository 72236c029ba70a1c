import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { listen } from '../../src/core/index.ts'
import { createAuthority, type Authority } from '../../src/kube/index.ts'
import { fixture } from './agent-provider.ts'

const SERVICE_ACCOUNT = 'var/run/secrets/kubernetes.io/serviceaccount'

export interface Served {
  readonly port: number
  /** Method, path and whether a bearer token came, in order. */
  readonly requests: { readonly path: string; readonly authorization: string | undefined }[]
}

/**
 * A node with two tenants as an agent in `k8s1` meets it: a kubelet that knows the host's tokens only, k8s1's own API
 * server that knows k8s1's only, a Docker socket that lists everybody, a gateway that knows k8s1's. Real TLS, real
 * sockets, a container root; what is answered are captures of a real node and a real vcluster.
 */
export interface AgentRig extends AsyncDisposable {
  readonly root: string
  readonly kubelet: Served
  readonly gateway: Served
  /** By path; a test may take one away. */
  readonly gatewayAnswers: Map<string, string>
  readonly api: Served
  readonly docker: Served
  /** The environment of the agent's container, Docker's socket mounted. */
  readonly env: Record<string, string>
  /** Mounts a token and CA where Kubernetes does. */
  mount(whose: 'virtual' | 'host'): Promise<void>
  withoutDocker(): Promise<void>
}

export const TOKENS = { virtual: 'virtual-token-8Xc1', host: 'host-token-Qz77' } as const

type Answer = { status: number; body: string }
type Route = (path: string, token: string | undefined) => Answer

const ok = (body: string): Answer => ({ status: 200, body })
const UNAUTHORIZED: Answer = { status: 401, body: 'Unauthorized' }
const NOT_FOUND: Answer = { status: 404, body: '404 page not found\n' }

const NODE: Readonly<Record<string, string>> = {
  '/healthz?verbose': 'healthz-verbose.txt',
  '/pods': 'pods.json',
  '/stats/summary': 'stats-summary.json',
  '/metrics/cadvisor': 'metrics-cadvisor.txt',
  '/metrics': 'metrics.txt',
  '/metrics/probes': 'metrics-probes.txt',
  '/metrics/slis': 'metrics-slis.txt',
}

/** Like a kubelet: paths that it does not serve are 404 before anybody is asked who they are. */
const kubeletRoute =
  (token: string, answers: ReadonlyMap<string, string>): Route =>
  (path, given) => {
    const body = answers.get(path)
    if (body === undefined) return NOT_FOUND
    return given === token ? ok(body) : UNAUTHORIZED
  }

const hostAnswers = (): Map<string, string> =>
  new Map(Object.entries(NODE).map(([path, file]) => [path, fixture(`vcluster-node/${file}`)]))

interface PodList {
  items: {
    metadata: { name: string; namespace: string; uid: string }
    status: { containerStatuses?: { containerID: string }[] }
  }[]
}

/** The node as k8s1's slice: virtual pods, and the summary under their names. */
function gatewayAnswers(): Map<string, string> {
  const host = JSON.parse(fixture('vcluster-node/pods.json')) as PodList
  const virtual = JSON.parse(fixture('vcluster/virtual-pods.json')) as PodList
  const idOf = (pod: PodList['items'][number]): string | undefined =>
    pod.status.containerStatuses?.[0]?.containerID
  const virtualOf = new Map(
    host.items.map((pod) => [
      pod.metadata.uid,
      virtual.items.find((one) => idOf(one) === idOf(pod)),
    ]),
  )
  const summary = JSON.parse(fixture('vcluster-node/stats-summary.json')) as {
    node: unknown
    pods: { podRef: { uid: string } }[]
  }
  const pods = summary.pods.flatMap((pod) => {
    const found = virtualOf.get(pod.podRef.uid)
    return found ? [{ ...pod, podRef: found.metadata }] : []
  })
  return new Map([
    ['/healthz?verbose', fixture('vcluster-node/healthz-verbose.txt')],
    ['/pods', JSON.stringify(virtual)],
    ['/stats/summary', JSON.stringify({ node: summary.node, pods })],
    ['/metrics/cadvisor', ''],
    ['/metrics', ''],
  ])
}

const apiRoute: Route = (path, token) => {
  if (!path.startsWith('/api/v1/pods')) return NOT_FOUND
  if (token !== TOKENS.virtual) return { status: 401, body: '{"kind":"Status","code":401}' }
  const list = JSON.parse(fixture('vcluster/virtual-pods.json')) as PodList
  return ok(JSON.stringify(list))
}

const BUSYBOX = `sha256:${'b0'.repeat(32)}`
const PAUSE = `sha256:${'5a'.repeat(32)}`

/** Docker lists every container of the node, and the sandbox of one, by the ids of their images as with dockershim. */
function dockerAnswers(): Record<string, string> {
  const { items } = JSON.parse(fixture('vcluster-node/pods.json')) as PodList
  const answers: Record<string, string> = { '/info': '{"Name":"rig-node.invalid"}' }
  const containers = items.map(({ metadata, status }, index) => {
    const id = status.containerStatuses?.[0]?.containerID.split('://')[1] ?? ''
    answers[`/containers/${id}/json`] = JSON.stringify({
      RestartCount: 0,
      State: { StartedAt: '2026-01-12T09:00:00Z' },
      HostConfig: { Memory: 134217728, NanoCpus: 200_000_000, NetworkMode: 'container:pause' },
    })
    answers[`/containers/${id}/stats?stream=0&one-shot=1`] = dockerStats(index)
    const name = `/k8s_app_${metadata.name}_${metadata.namespace}_${metadata.uid}_0`
    return { Id: id, Names: [name], Image: BUSYBOX, ImageID: BUSYBOX, Labels: {} }
  })
  const pause = {
    Id: 'f'.repeat(64),
    Names: ['/k8s_POD_x'],
    Image: PAUSE,
    ImageID: PAUSE,
    Labels: {},
  }
  answers['/images/json'] = JSON.stringify([
    { Id: BUSYBOX, RepoTags: ['busybox:latest'], RepoDigests: [] },
    { Id: PAUSE, RepoTags: ['registry.k8s.io/pause:3.10'], RepoDigests: null },
  ])
  return { ...answers, '/containers/json': JSON.stringify([...containers, pause]) }
}

const dockerStats = (index: number): string =>
  JSON.stringify({
    cpu_stats: {
      // Past 2^53.
      cpu_usage: {
        total_usage: 9_100_000_000_000_000_000 + index,
        usage_in_usermode: 5,
        usage_in_kernelmode: 4,
      },
      throttling_data: { throttled_periods: 3, throttled_time: 1000 },
      online_cpus: 2,
    },
    memory_stats: {
      usage: 5_000_000,
      limit: 9e18,
      stats: { anon: 1_000_000, file: 2_000_000, inactive_file: 500_000 },
    },
    pids_stats: { current: 2, limit: 18446744073709551615 },
    blkio_stats: { io_service_bytes_recursive: [{ major: 9999, minor: 1, op: 'Read', value: 10 }] },
    networks: null,
  })

async function serve(
  server: Server,
  route: Route,
  at: Parameters<typeof listen>[1],
): Promise<Served> {
  const requests: Served['requests'] = []
  server.on('request', (request: IncomingMessage, response) => {
    const path = request.url ?? ''
    const { authorization } = request.headers
    requests.push({ path, authorization })
    const answer = route(path, authorization?.replace(/^Bearer /, ''))
    response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body)
  })
  return { port: await listen(server, at, 'the rig'), requests }
}

export async function startAgentRig(): Promise<AgentRig> {
  const root = await mkdtemp(join(tmpdir(), 'sublet-agent-'))
  const [hostCa, virtualCa] = await Promise.all([
    createAuthority('host-ca'),
    createAuthority('virtual-ca'),
  ])
  const tls = async (authority: Authority): Promise<Server> => {
    const pair = await authority.issueServing({ commonName: 'server', addresses: ['127.0.0.1'] })
    return createHttpsServer({ cert: pair.certPem, key: pair.keyPem })
  }
  const dockerSocket = join(root, 'host/var/run/docker.sock')
  await mkdir(dirname(dockerSocket), { recursive: true })
  const servers = [
    await tls(hostCa),
    await tls(hostCa),
    await tls(virtualCa),
    createHttpServer(),
  ] as const
  const loopback = { address: '127.0.0.1', port: 0 }
  const docker = dockerAnswers()
  const slice = gatewayAnswers()
  const dockerRoute: Route = (path) => (docker[path] === undefined ? NOT_FOUND : ok(docker[path]))
  const [kubelet, gateway, api, dockerServed] = await Promise.all([
    serve(servers[0], kubeletRoute(TOKENS.host, hostAnswers()), loopback),
    serve(servers[1], kubeletRoute(TOKENS.virtual, slice), loopback),
    serve(servers[2], apiRoute, loopback),
    serve(servers[3], dockerRoute, { path: dockerSocket }),
  ])
  const mount = async (whose: 'virtual' | 'host'): Promise<void> => {
    const directory = join(root, SERVICE_ACCOUNT)
    await mkdir(directory, { recursive: true })
    await writeFile(join(directory, 'token'), TOKENS[whose] + '\n')
    await writeFile(join(directory, 'ca.crt'), (whose === 'host' ? hostCa : virtualCa).certPem)
  }
  await mount('virtual')
  return {
    root,
    kubelet,
    gateway,
    gatewayAnswers: slice,
    api,
    docker: dockerServed,
    env: {
      SUBLET_CONTAINER_ROOT: root,
      DOCKER_DD_AGENT: 'true',
      KUBERNETES: 'yes',
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(api.port),
      DD_HOSTNAME: 'rig-node',
      DD_KUBERNETES_KUBELET_HOST: '127.0.0.1',
      DD_KUBERNETES_HTTPS_KUBELET_PORT: String(kubelet.port),
      DD_KUBERNETES_HTTP_KUBELET_PORT: '0',
      DD_KUBELET_TLS_VERIFY: 'false',
    },
    mount,
    withoutDocker: () => rm(dockerSocket, { force: true }),
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close().closeAllConnections()
      await rm(root, { recursive: true, force: true })
    },
  }
}
