import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import { EVENTS, NODES, PODS, type Node, type Pod } from '../src/kube/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

let rig: KubeletRig

beforeAll(async () => {
  rig = await startKubeletRig()
})
afterAll(async () => {
  await rig[Symbol.asyncDispose]()
})

const pod = (name: string, spec: Partial<Pod['spec']>, metadata: Pod['metadata'] = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'team', ...metadata },
  spec: {
    nodeName: rig.nodeName,
    terminationGracePeriodSeconds: 1,
    automountServiceAccountToken: false,
    containers: [{ name: 'main', image: 'registry.k8s.io/pause:3.10' }],
    ...spec,
  },
})
const running = (seen: Pod): boolean => seen.status?.phase === 'Running'

test('the node is registered with its address, its port and a Ready condition', async () => {
  const node = await rig.admin.get<Node>(NODES, { name: rig.nodeName })
  expect(node.metadata.labels).toMatchObject({
    'kubernetes.io/hostname': rig.nodeName,
    'kubernetes.io/os': 'linux',
  })
  expect(node.status?.addresses).toContainEqual({ type: 'InternalIP', address: '127.0.0.1' })
  expect(node.status?.daemonEndpoints?.kubeletEndpoint.Port).toBe(rig.kubelet.port)
  expect(node.status?.nodeInfo?.['kubeletVersion']).toBe('v1.36.2')
  expect(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
})

test('a pod runs and its status is written', async () => {
  await rig.create(pod('plain', {}))
  const seen = await rig.waitForPod('team', 'plain', running)
  const [container] = seen.status?.containerStatuses ?? []
  expect(container).toMatchObject({
    name: 'main',
    ready: true,
    started: true,
    restartCount: 0,
    lastState: {},
  })
  expect(container?.containerID).toMatch(/^docker:\/\/[0-9a-f]{64}$/)
  expect(container?.state.running?.startedAt).toMatch(/Z$/)
  expect(seen.status).toMatchObject({
    hostIP: '127.0.0.1',
    podIP: '127.0.0.1',
    qosClass: 'BestEffort',
  })
  expect(seen.status?.conditions?.every(({ status }) => status === 'True')).toBe(true)
})

test('env, arguments and volumes reach the container', async () => {
  await rig.create({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { namespace: 'team', name: 'creds' },
    data: { user: 'YmxhaXI=', other: 'eA==' },
  })
  await rig.create({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { namespace: 'team', name: 'settings' },
    data: { level: 'debug' },
  })
  await rig.create(
    pod(
      'full',
      {
        serviceAccountName: 'default',
        restartPolicy: 'Never',
        volumes: [
          { name: 'data', emptyDir: {} },
          { name: 'host', hostPath: { path: '/var/run' } },
          {
            name: 'creds',
            secret: {
              secretName: 'creds',
              items: [{ key: 'user', path: 'who/user', mode: 0o444 }],
            },
          },
          { name: 'absent', configMap: { name: 'nowhere', optional: true } },
          { name: 'settings', configMap: { name: 'settings' } },
          {
            name: 'info',
            downwardAPI: {
              items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }],
            },
          },
          {
            name: 'api',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
                {
                  downwardAPI: {
                    items: [
                      {
                        path: 'virtual',
                        fieldRef: {
                          fieldPath: "metadata.annotations['vcluster.loft.sh/token-abc']",
                        },
                      },
                    ],
                  },
                },
                { configMap: { name: 'settings', items: [{ key: 'level', path: 'level' }] } },
              ],
            },
          },
        ],
        containers: [
          {
            name: 'main',
            image: 'busybox',
            command: [
              'sh',
              '-c',
              'env; echo "$0"; echo done > /data/out; cat /api/virtual /creds/who/user /sub',
              '$(GREETING) $$(GREETING) $(UNKNOWN)',
            ],
            env: [
              { name: 'WHO', valueFrom: { secretKeyRef: { name: 'creds', key: 'user' } } },
              { name: 'GREETING', value: 'hello $(WHO)' },
              { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'level' } } },
              {
                name: 'NONE',
                valueFrom: { configMapKeyRef: { name: 'nowhere', key: 'x', optional: true } },
              },
              { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
              { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            ],
            volumeMounts: [
              { name: 'data', mountPath: '/data' },
              { name: 'host', mountPath: '/host/var/run' },
              { name: 'creds', mountPath: '/creds', readOnly: true },
              { name: 'api', mountPath: '/api' },
              { name: 'settings', mountPath: '/sub', subPath: 'level' },
            ],
          },
        ],
      },
      { labels: { app: 'full' }, annotations: { 'vcluster.loft.sh/token-abc': 'a-virtual-token' } },
    ),
  )
  const done = await rig.waitForPod('team', 'full', (seen) =>
    ['Succeeded', 'Failed'].includes(seen.status?.phase ?? ''),
  )
  const logs = (
    await rig.get('/containerLogs/team/full/main', { cert: rig.api.adminCredential })
  ).body.toString()
  expect(done.status?.phase, logs).toBe('Succeeded')
  expect(done.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
    exitCode: 0,
    reason: 'Completed',
  })
  expect(logs).toContain('hello blair $(GREETING) $(UNKNOWN)\n')
  expect(logs).toContain(`NODE=${rig.nodeName}\n`)
  expect(logs).toContain('LEVEL=debug\n')
  expect(logs).toContain('IP=127.0.0.1\n')
  expect(logs).toContain(`KUBERNETES_SERVICE_PORT=${rig.api.port}\n`)
  expect(logs).not.toContain('NONE=')
  expect(logs).toContain('a-virtual-tokenblairdebug')

  const volumes = join(rig.dir, 'kubelet/pods', done.metadata.uid ?? '', 'volumes')
  expect(await readFile(join(volumes, 'kubernetes.io~empty-dir/data/out'), 'utf8')).toBe('done\n')
  expect(await readFile(join(volumes, 'kubernetes.io~downward-api/info/labels'), 'utf8')).toBe(
    'app="full"',
  )
  const token = await readFile(join(volumes, 'kubernetes.io~projected/api/token'), 'utf8')
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    sub: string
    'kubernetes.io': { pod: { name: string } }
  }
  expect(claims.sub).toBe('system:serviceaccount:team:default')
  expect(claims['kubernetes.io'].pod.name).toBe('full')
  expect((await stat(join(volumes, 'kubernetes.io~secret/creds/who/user'))).mode & 0o777).toBe(
    0o444,
  )
})

test('a pod waits for its config map and starts when it appears', async () => {
  await rig.create(pod('waits', { volumes: [{ name: 'v', configMap: { name: 'late' } }] }))
  const waiting = await rig.waitForPod(
    'team',
    'waits',
    (seen) => seen.status?.startTime !== undefined,
  )
  expect(waiting.status).toMatchObject({ phase: 'Pending' })
  expect(waiting.status?.containerStatuses?.[0]?.state).toEqual({
    waiting: { reason: 'ContainerCreating' },
  })
  await rig.create({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { namespace: 'team', name: 'late' },
    data: {},
  })
  await rig.waitForPod('team', 'waits', running)
})

test('a container whose secret is missing shows CreateContainerConfigError, then starts', async () => {
  const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'missing', key: 'x' } } }]
  await rig.create(pod('config-error', { containers: [{ name: 'main', image: 'pause', env }] }))
  const seen = await rig.waitForPod(
    'team',
    'config-error',
    (p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
  )
  expect(seen.status?.containerStatuses?.[0]?.state.waiting?.message).toBe(
    'secret "missing" not found',
  )
  await rig.create({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { namespace: 'team', name: 'missing' },
    data: { x: 'eA==' },
  })
  await rig.waitForPod('team', 'config-error', running)
})

test('init containers run one after the other before the containers', async () => {
  const volumes = [{ name: 'd', emptyDir: {} }]
  const volumeMounts = [{ name: 'd', mountPath: '/d' }]
  const step = (name: string, command: string) => ({
    name,
    image: 'busybox',
    command: ['sh', '-c', command],
    volumeMounts,
  })
  await rig.create(
    pod('inits', {
      volumes,
      initContainers: [
        step('one', 'sleep 0.2; echo one >> /d/log'),
        step('two', 'echo two >> /d/log'),
      ],
      containers: [step('main', 'echo main >> /d/log; cat /d/log; while :; do sleep 1; done')],
    }),
  )
  const seen = await rig.waitForPod('team', 'inits', running)
  expect(
    seen.status?.initContainerStatuses?.map((status) => status.state.terminated?.exitCode),
  ).toEqual([0, 0])
  const log = join(
    rig.dir,
    'kubelet/pods',
    seen.metadata.uid ?? '',
    'volumes/kubernetes.io~empty-dir/d/log',
  )
  await waitFor(
    'the log',
    async () => ((await readFile(log, 'utf8')) === 'one\ntwo\nmain\n' ? true : undefined),
    { timeoutMs: 5000 },
  )
})

test('a sidecar runs before and beside the containers, comes again, and ends after them', async () => {
  const volumes = [{ name: 'd', emptyDir: {} }]
  const volumeMounts = [{ name: 'd', mountPath: '/d' }]
  const part = (name: string, command: string) => ({
    name,
    image: 'busybox',
    command: ['sh', '-c', command],
    volumeMounts,
  })
  const side = 'trap "echo end >> /d/log; exit 0" TERM; touch /d/up; while :; do sleep 0.1; done'
  const startupProbe = { exec: { command: ['test', '-e', '/d/up'] }, periodSeconds: 1 }
  const again = side.replaceAll('/d/up', '/d/again')
  const brief = `if test -e /d/once; then ${again}; fi; touch /d/once`
  await rig.create(
    pod('sidecars', {
      volumes,
      restartPolicy: 'Never',
      initContainers: [
        { ...part('brief', brief), restartPolicy: 'Always' },
        { ...part('side', side), restartPolicy: 'Always', startupProbe },
        part('init', 'test -e /d/up && echo init >> /d/log'),
      ],
      containers: [
        part(
          'main',
          'while ! test -e /d/again || ! test -e /d/go; do sleep 0.1; done; echo main >> /d/log',
        ),
      ],
    }),
  )
  const seen = await rig.waitForPod(
    'team',
    'sidecars',
    ({ status }) =>
      status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' &&
      status.initContainerStatuses?.[0]?.restartCount === 1,
  )
  expect(
    seen.status?.initContainerStatuses?.map(({ ready, started }) => ({ ready, started })),
  ).toEqual([
    { ready: true, started: true },
    { ready: true, started: true },
    { ready: true, started: false },
  ])
  const data = join(
    rig.dir,
    'kubelet/pods',
    seen.metadata.uid ?? '',
    'volumes/kubernetes.io~empty-dir/d',
  )
  await writeFile(join(data, 'go'), '')
  const ended = await rig.waitForPod(
    'team',
    'sidecars',
    ({ status }) => status?.phase === 'Succeeded',
  )
  expect(
    ended.status?.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode),
  ).toEqual([0, 0, 0])
  expect(await readFile(join(data, 'log'), 'utf8')).toBe('init\nmain\nend\nend\n')
})

test('a container that fails is restarted at once, then waits in CrashLoopBackOff', async () => {
  const command = ['sh', '-c', 'echo "no $0"; exit 3', 'luck']
  await rig.create(pod('crashes', { containers: [{ name: 'main', image: 'busybox', command }] }))
  const seen = await rig.waitForPod(
    'team',
    'crashes',
    (p) => p.status?.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
  )
  const [status] = seen.status?.containerStatuses ?? []
  expect(status?.restartCount).toBe(1)
  expect(status?.lastState.terminated).toMatchObject({ exitCode: 3, reason: 'Error' })
  expect(status?.state.waiting?.message).toBe(
    `back-off 10s restarting failed container=main pod=crashes_team(${seen.metadata.uid ?? ''})`,
  )
  expect(seen.status?.phase).toBe('Running')
  expect(seen.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [main]',
  })
})

test('an image without a stand-in is ErrImagePull, then ImagePullBackOff', async () => {
  await rig.create(
    pod('no-image', { containers: [{ name: 'main', image: 'example.com/nothing:1' }] }),
  )
  const reason = (p: Pod): string | undefined =>
    p.status?.containerStatuses?.[0]?.state.waiting?.reason
  await rig.waitForPod('team', 'no-image', (p) => reason(p) === 'ErrImagePull')
  const seen = await rig.waitForPod('team', 'no-image', (p) => reason(p) === 'ImagePullBackOff')
  expect(seen.status?.containerStatuses?.[0]?.state.waiting?.message).toMatch(
    /^Back-off pulling image "example.com\/nothing:1": ErrImagePull: the lab has no stand-in for image "example.com\/nothing:1"; it has these .*nginx/,
  )
  expect(seen.status?.phase).toBe('Pending')
})

test('a pod that never restarts ends as Failed with its exit code', async () => {
  await rig.create(
    pod('fails', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'exit 4'] }],
    }),
  )
  const seen = await rig.waitForPod('team', 'fails', (p) => p.status?.phase === 'Failed')
  expect(seen.status?.containerStatuses?.[0]?.state.terminated?.exitCode).toBe(4)
})

test('probes gate readiness, and a failed liveness probe restarts the container', async () => {
  await rig.create(
    pod('probed', {
      volumes: [{ name: 'd', emptyDir: {} }],
      containers: [
        {
          name: 'main',
          image: 'busybox',
          command: ['sh', '-c', 'while :; do sleep 0.2; done'],
          volumeMounts: [{ name: 'd', mountPath: '/d' }],
          readinessProbe: { exec: { command: ['test', '-e', '/d/ready'] }, periodSeconds: 1 },
          livenessProbe: {
            exec: { command: ['test', '!', '-e', '/d/dead'] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        },
      ],
    }),
  )
  const seen = await rig.waitForPod('team', 'probed', running)
  expect(seen.status?.containerStatuses?.[0]?.ready).toBe(false)
  const dir = join(
    rig.dir,
    'kubelet/pods',
    seen.metadata.uid ?? '',
    'volumes/kubernetes.io~empty-dir/d',
  )
  await writeFile(join(dir, 'ready'), '')
  await rig.waitForPod('team', 'probed', (p) => p.status?.containerStatuses?.[0]?.ready === true)
  const text = (await rig.get('/metrics/probes', { cert: rig.api.adminCredential })).body.toString()
  expect(text).toContain(
    `prober_probe_total{container="main",namespace="team",pod="probed",pod_uid="${seen.metadata.uid ?? ''}",probe_type="Readiness",result="successful"} `,
  )
  await writeFile(join(dir, 'dead'), '')
  await rig.waitForPod(
    'team',
    'probed',
    (p) => (p.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
  )
})

test('a deleted pod is stopped, its sandbox and volumes are removed, and its object goes', async () => {
  const made = await rig.create(pod('leaves', { volumes: [{ name: 'd', emptyDir: {} }] }))
  const uid = made.metadata.uid ?? ''
  await rig.waitForPod('team', 'leaves', running)
  await rig.admin.delete(PODS, { namespace: 'team', name: 'leaves' })
  await waitFor(
    'the pod to be gone',
    async () => {
      const found = await rig.admin
        .get(PODS, { namespace: 'team', name: 'leaves' })
        .catch(() => undefined)
      return found ? undefined : true
    },
    { timeoutMs: 10_000 },
  )
  expect(rig.runtime.list().filter((info) => info.sandbox.podUid === uid)).toEqual([])
  await expect(stat(join(rig.dir, 'kubelet/pods', uid))).rejects.toThrow()
})

test('annotations that change reach the files that name them', async () => {
  const volumes = [
    {
      name: 'i',
      downwardAPI: { items: [{ path: 'a', fieldRef: { fieldPath: "metadata.annotations['a']" } }] },
    },
  ]
  const made = await rig.create(pod('annotated', { volumes }, { annotations: { a: 'old' } }))
  await rig.waitForPod('team', 'annotated', running)
  const file = join(
    rig.dir,
    'kubelet/pods',
    made.metadata.uid ?? '',
    'volumes/kubernetes.io~downward-api/i/a',
  )
  expect(await readFile(file, 'utf8')).toBe('old')
  await rig.admin.patch(
    PODS,
    { namespace: 'team', name: 'annotated' },
    { metadata: { annotations: { a: 'new' } } },
    'merge',
  )
  await waitFor(
    'the new value',
    async () => ((await readFile(file, 'utf8')) === 'new' ? true : undefined),
    { timeoutMs: 5000 },
  )
})

test('a sandbox that dies is replaced, and the container counts a restart', async () => {
  await rig.create(pod('phoenix', {}))
  const before = await rig.waitForPod('team', 'phoenix', running)
  const sandbox = rig.runtime
    .list()
    .find((info) => info.kind === 'sandbox' && info.sandbox.podUid === before.metadata.uid)
  await rig.runtime.stopContainer(sandbox?.id ?? '', 0)
  const after = await rig.waitForPod(
    'team',
    'phoenix',
    (p) => running(p) && (p.status?.containerStatuses?.[0]?.restartCount ?? 0) === 1,
  )
  expect(after.status?.containerStatuses?.[0]?.containerID).not.toBe(
    before.status?.containerStatuses?.[0]?.containerID,
  )
})

test('a kubelet that stops waits for no grace time', async () => {
  const command = ['sh', '-c', 'trap "" TERM; touch "$TMPDIR/deaf"; while :; do sleep 0.1; done']
  const startupProbe = {
    exec: { command: ['sh', '-c', 'test -e "$TMPDIR/deaf"'] },
    periodSeconds: 1,
  }
  const containers = [{ name: 'main', image: 'busybox', command, startupProbe }]
  await rig.create(pod('deaf', { terminationGracePeriodSeconds: 60, containers }))
  await rig.waitForPod(
    'team',
    'deaf',
    (seen) => seen.status?.containerStatuses?.[0]?.started === true,
  )
  await rig.admin.delete(PODS, { namespace: 'team', name: 'deaf' })
  const told = 'Stopping container main'
  await waitFor(
    'its end to begin',
    async () => {
      const { items } = await rig.admin.list(EVENTS, { namespace: 'team' })
      return items.some((event) => event['message'] === told) || undefined
    },
    { timeoutMs: 5000 },
  )
  const started = performance.now()
  await rig.kubelet[Symbol.asyncDispose]()
  expect(performance.now() - started).toBeLessThan(5000)
}, 20_000)
