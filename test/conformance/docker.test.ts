import { afterAll, beforeAll, expect, test } from 'vitest'
import { CONFIGMAPS, type Pod } from '../../src/kube/index.ts'
import { answersOf } from './answers.ts'
import { openDocker, type Docker } from './docker.ts'
import { onEachTarget } from './each-target.ts'
import { normal, without } from './normal.ts'
import { only, shapeOf } from './shape.ts'
import { shell } from './target.ts'
import { pod } from './tenant-workload.ts'

/**
 * The node's Docker as agents read it: what it lists and tells of a pod's container and of its sandbox. The second
 * target's is Docker 20.10 (API 1.41), the lab's speaks 1.48 in the words of 28.1: fields that came or went between
 * them, by Docker's own change log, are left out by name.
 */

const CHANGED = new Set([
  // Gone before 28.
  ...['KernelMemory', 'KernelMemoryTCP', 'VirtualSize', 'BridgeNfIptables', 'BridgeNfIp6tables'],
  ...['AllowNondistributableArtifactsCIDRs', 'AllowNondistributableArtifactsHostnames'],
  'Expected',
  // Came after 20.10.
  ...['DNSNames', 'GwPriority', 'CDISpecDirs', 'Containerd'],
])
/** What depends on the machine, on its settings or on how long something runs. */
const VARYING = new Set([
  'DriverStatus',
  'Runtimes',
  'RegistryConfig',
  'SecurityOptions',
  'Warnings',
])

interface Listed extends Record<string, unknown> {
  readonly Id: string
  readonly Labels: Record<string, string>
  readonly Mounts: readonly Mounted[]
}
interface Mounted {
  readonly Source: string
  readonly Destination: string
}
interface Inspected extends Record<string, unknown> {
  readonly State: Record<string, unknown>
  readonly HostConfig: Record<string, unknown>
  readonly Config: Record<string, unknown> & { readonly Env: readonly string[] }
  readonly NetworkSettings: Record<string, unknown>
  readonly Mounts: readonly Mounted[]
}

const answers = answersOf('docker')
onEachTarget((target) => {
  let docker: Docker
  let made: Pod
  let listed: { container: Listed; sandbox: Listed }
  let inspected: { container: Inspected; sandbox: Inspected }
  let names: Record<string, string>
  const check = (title: string, answer: unknown): void =>
    answers.check(target(), title, normal(answer, names))

  const ofPod = (more: object = {}): string => {
    const label = [`io.kubernetes.pod.uid=${made.metadata.uid ?? ''}`]
    return encodeURIComponent(JSON.stringify({ label, ...more }))
  }
  const list = (query: string): Promise<readonly Listed[]> =>
    docker.json(`/containers/json?${query}`)
  const namesOf = (all: readonly Listed[]): (string | undefined)[] =>
    all.map(({ Labels }) => Labels['io.kubernetes.container.name']).toSorted()

  beforeAll(async () => {
    docker = openDocker(target().facts)
    const namespace = await target().namespace()
    await target().admin.create(CONFIGMAPS, {
      metadata: { namespace, name: 'cm' },
      data: { k: 'v' },
    })
    made = await target().runPod(podWithAll(namespace))
    const all = await list(`filters=${ofPod()}`)
    const one = (name: string): Listed => {
      const found = all.find(({ Labels }) => Labels['io.kubernetes.container.name'] === name)
      if (found === undefined) throw new Error(`no container ${name}`)
      return found
    }
    listed = { container: one('main'), sandbox: one('POD') }
    inspected = {
      container: await docker.json(`/containers/${listed.container.Id}/json`),
      sandbox: await docker.json(`/containers/${listed.sandbox.Id}/json`),
    }
    names = {
      [namespace]: 'NAMESPACE',
      [made.metadata.uid ?? '']: 'UID',
      [listed.container.Id]: 'CONTAINER',
      [listed.sandbox.Id]: 'SANDBOX',
    }
  })
  afterAll(async () => docker[Symbol.asyncDispose]())

  test('one container and its sandbox are found by the pod’s label', async () => {
    expect(namesOf(await list(`filters=${ofPod()}`))).toEqual(['POD', 'main', 'second'])
    const { containerStatuses = [] } = made.status ?? {}
    const id = containerStatuses.find(({ name }) => name === 'main')?.containerID
    expect(`docker://${listed.container.Id}`).toBe(id)
    expect(listed.container.Id).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each(['container', 'sandbox'] as const)('list: the fields of a %s', (kind) => {
    check(`list: the fields of a ${kind}`, shapeOf(without(listed[kind], 'Labels'), CHANGED))
  })

  test.each(['container', 'sandbox'] as const)('list: what it says of a %s', (kind) => {
    const { NetworkSettings, ...entry } = without(
      listed[kind],
      ...['Id', 'Created', 'Status', 'Image', 'ImageID', 'Labels', 'Mounts', 'Command'],
    )
    const { Networks } = NetworkSettings as { Networks: object }
    check(`list: what it says of a ${kind}`, { ...entry, networks: Object.keys(Networks) })
  })

  test('list: the command', () => {
    check('list: the command', listed.container['Command'])
  })

  test('list: images by their ids', () => {
    const { Image, ImageID } = listed.container
    expect(ImageID).toMatch(/^sha256:[0-9a-f]{64}$/)
    check('list: images by their ids', Image === ImageID ? 'the id' : Image)
  })

  test('list: times and states as text', () => {
    expect(listed.container['Status']).toMatch(/^Up (Less than a second|\d+ seconds?)$/)
    expect(Number(listed.container['Created'])).toBeGreaterThan(Date.now() / 1000 - 300)
  })

  test.each(['container', 'sandbox'] as const)('list: labels of a %s', (kind) => {
    const own = Object.entries(listed[kind].Labels).filter(([key]) => key.startsWith('io.'))
    const logs = own.map(([key, value]) => [key, value.replace(/^.*(?=\/var\/log\/pods\/)/, '')])
    check(`list: labels of a ${kind}`, Object.fromEntries(logs))
    expect(inspected[kind].Config['Labels']).toEqual(listed[kind].Labels)
  })

  test.each(['container', 'sandbox'] as const)('list: annotations as labels of a %s', (kind) => {
    const own = Object.keys(listed[kind].Labels).filter((key) => !key.startsWith('io.'))
    check(`list: annotations as labels of a ${kind}`, own.toSorted())
  })

  test('mounts of the volumes', () => {
    const told = ({ Source, ...mount }: Mounted): object => ({
      ...mount,
      Source: Source.replace(/^.*(?=\/pods\/[0-9a-f-]{36}\/)/, 'ROOT').replace(
        /^.*(?=\/host-folder$)/,
        '',
      ),
    })
    const ofVolumes = (all: readonly Mounted[]): object[] =>
      all
        .filter(({ Destination }) => Destination.startsWith('/volumes/'))
        .toSorted((a, b) => (a.Destination < b.Destination ? -1 : 1))
        .map(told)
    check('mounts of the volumes', ofVolumes(listed.container.Mounts))
    check('mounts of the volumes', ofVolumes(inspected.container.Mounts))
    const binds = inspected.container.HostConfig['Binds'] as string[]
    const modes = binds.filter((bind) => bind.includes(':/volumes/'))
    check('binds of the volumes', modes.map((bind) => bind.replace(/^[^:]*/, '')).toSorted())
  })

  test('mounts that the kubelet adds', () => {
    const added = inspected.container.Mounts.map(({ Destination }) => Destination)
    const own = added.filter((path) => !path.startsWith('/volumes/'))
    check('mounts that the kubelet adds', own.toSorted())
  })

  const PARTS = ['State', 'HostConfig', 'Config', 'NetworkSettings'] as const
  test.each(['container', 'sandbox'] as const)('inspect: the fields of a %s', (kind) => {
    const whole = inspected[kind]
    check(
      `inspect: the fields of a ${kind}`,
      shapeOf(without(whole, ...PARTS, 'GraphDriver'), CHANGED),
    )
    for (const part of PARTS) {
      const fields = without(whole[part], 'Labels')
      check(`inspect: the fields of a ${kind}’s ${part}`, shapeOf(fields, CHANGED))
    }
  })

  test.each(['container', 'sandbox'] as const)('inspect: what it says of a %s', (kind) => {
    const { State, HostConfig, Config, Name, RestartCount, Platform, Path } = inspected[kind]
    const { Args } = inspected[kind]
    const ours = kind === 'container' ? { Path, Args } : {}
    check(`inspect: what it says of a ${kind}`, {
      ...{ Name, RestartCount, Platform, ...ours },
      State: without(State, 'Pid'),
      HostConfig: only(
        HostConfig,
        ...['NetworkMode', 'IpcMode', 'PidMode', 'Privileged', 'ReadonlyRootfs', 'AutoRemove'],
        ...[
          'CpuPeriod',
          'CpuQuota',
          'CpuShares',
          'Memory',
          'MemorySwap',
          'CgroupParent',
          'NanoCpus',
        ],
      ),
      Config: only(
        Config,
        ...['Tty', 'OpenStdin', 'StdinOnce', 'AttachStdin', 'AttachStdout', 'AttachStderr'],
      ),
    })
    expect(State['Pid']).toBeGreaterThan(1)
  })

  test('inspect: limits of a container without any', async () => {
    const [second] = await list(`filters=${ofPod({ name: ['k8s_second_'] })}`)
    const { HostConfig } = await docker.json<Inspected>(`/containers/${second?.Id ?? ''}/json`)
    const limits = only(HostConfig, 'CpuPeriod', 'CpuQuota', 'CpuShares', 'Memory', 'MemorySwap')
    check('inspect: limits of a container without any', limits)
  })

  test('inspect: the program', () => {
    const { Entrypoint, Cmd, WorkingDir, User } = inspected.container.Config
    check('inspect: the program', { Entrypoint, Cmd, WorkingDir, User })
  })

  test('inspect: variables', () => {
    const { Env } = inspected.container.Config
    const own = Env.filter((each) => /^(OWN|NODE|KUBERNETES_SERVICE_HOST)/.test(each))
    expect(own.map((each) => each.split('=')[0]).toSorted()).toEqual(
      expect.arrayContaining(['KUBERNETES_SERVICE_HOST', 'NODE', 'OWN']),
    )
    expect(Env).toContain('OWN=a b=c')
    expect(Env).toContain(`NODE=${target().facts.nodeName}`)
  })

  test.each([
    ['a beginning of its id', () => listed.container.Id.slice(0, 20)],
    ['its name', () => String((listed.container['Names'] as string[])[0]).slice(1)],
  ])('inspect by %s', async (_, reference) => {
    const found = await docker.json<Listed>(`/containers/${reference()}/json`)
    expect(found.Id).toBe(listed.container.Id)
  })

  test.each([
    ['by name', { name: ['k8s_main_'] }],
    ['by a name from its start', { name: ['^/k8s_POD'] }],
    ['by a value of a label', { label: ['io.kubernetes.docker.type=podsandbox'] }],
    ['by a label', { label: ['io.kubernetes.sandbox.id'] }],
    ['by another value', { label: ['io.kubernetes.docker.type=none'] }],
    ['by state', { status: ['exited'] }],
    ['by two states', { status: ['exited', 'running'] }],
    ['by id', { id: ['0000000000'] }],
  ])('list %s', async (title, filters) => {
    const label = [`io.kubernetes.pod.uid=${made.metadata.uid ?? ''}`]
    const more = 'label' in filters ? [...label, ...filters.label] : label
    const all = await list(`filters=${ofPod({ ...filters, label: more })}`)
    check(`list ${title}`, namesOf(all))
  })

  test('what has ended is listed on demand', async () => {
    expect(namesOf(await list(`all=1&filters=${ofPod()}`))).toEqual([
      'POD',
      'ended',
      'main',
      'second',
    ])
    const [ended] = await list(`all=1&filters=${ofPod({ name: ['k8s_ended_'] })}`)
    expect(ended).toMatchObject({ State: 'exited' })
    expect(ended?.['Status']).toMatch(/^Exited \(0\) (Less than a second|\d+ seconds?) ago$/)
    const { State } = await docker.json<Inspected>(`/containers/${ended?.Id ?? ''}/json`)
    check('what has ended', State)
  })

  test('limit gives the newest', async () => {
    const all = await list(`all=1&filters=${ofPod()}`)
    const [newest] = await list(`limit=1&filters=${ofPod()}`)
    expect(newest?.Id).toBe(all[0]?.Id)
    const times = all.map(({ Created }) => Number(Created))
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  })

  test('stats', async () => {
    const { Id } = listed.container
    const stats = await docker.json<Record<string, object>>(`/containers/${Id}/stats?stream=0`)
    const { blkio_stats, memory_stats, cpu_stats, precpu_stats, ...rest } = stats
    check('stats: fields', shapeOf(rest))
    check('stats: name', { id: stats['id'], name: stats['name'] })
    const perCpu = new Set(['percpu_usage'])
    check('stats: cpu', shapeOf({ cpu_stats, precpu_stats }, perCpu))
    check('stats: memory', shapeOf(without(memory_stats ?? {}, 'stats')))
    check('stats: disks', Object.keys(blkio_stats ?? {}).toSorted())
  })

  test('stats: one shot has nothing before it', async () => {
    const { Id } = listed.container
    const stats = await docker.json<Record<string, unknown>>(
      `/containers/${Id}/stats?stream=0&one-shot=1`,
    )
    expect(stats['preread']).toBe('0001-01-01T00:00:00Z')
    check('stats: one shot', shapeOf(stats['precpu_stats']))
  })

  test('events: what happens is told as it happens', async () => {
    const since = Math.floor(Date.now() / 1000)
    const namespace = made.metadata.namespace ?? ''
    const told = docker.ask(
      `/events?until=${since + 6}&filters=${encodeURIComponent('{"type":["container"]}')}`,
    )
    await target().runPod(pod(namespace, 'told'))
    const events = (await told).text
      .split('\n')
      .filter((line) => line !== '')
      .map(
        (line) =>
          JSON.parse(line) as Record<string, unknown> & {
            Actor: { Attributes: Record<string, string> }
          },
      )
    const own = events.filter(
      ({ Actor: { Attributes: a } }) =>
        a['io.kubernetes.pod.name'] === 'told' && a['io.kubernetes.pod.namespace'] === namespace,
    )
    const seen = own.map(({ Action, Actor: { Attributes: a } }) => [
      a['io.kubernetes.container.name'],
      Action,
    ])
    check('events: of a pod’s start', seen)
    check('events: fields', shapeOf(without(own[0] ?? {}, 'Actor')))
  })

  test.each(['GET', 'HEAD'] as const)('ping by %s', async (method) => {
    const { status, headers, text } = await docker.ask('/_ping', method)
    expect(headers['api-version']).toMatch(/^1\.\d\d$/)
    expect(headers['server']).toMatch(/^Docker\/\S+ \(linux\)$/)
    const kept = without(headers, 'date', 'server', 'api-version', 'connection', 'keep-alive')
    check(`ping by ${method}`, { status, headers: without(kept, 'builder-version', 'swarm'), text })
  })

  test('version', async () => {
    const version = await docker.json<Record<string, unknown>>('/version')
    check('version: fields', shapeOf(without(version, 'Components')))
    const [engine] = version['Components'] as { Name: string; Details: object }[]
    check('version: the engine', shapeOf(engine))
    check('version: values', only(version, 'Os', 'Arch', 'KernelVersion'))
  })

  test('info', async () => {
    const info = await docker.json<Record<string, unknown>>('/info')
    check('info: fields', shapeOf(without(info, ...VARYING), CHANGED))
    check('info: values', only(info, 'OSType', 'Architecture', 'NCPU', 'MemTotal', 'CgroupVersion'))
    const counts = ['ContainersRunning', 'ContainersPaused', 'ContainersStopped']
    const sum = counts.reduce((total, key) => total + Number(info[key]), 0)
    expect(info['Containers']).toBe(sum)
  })

  test('images', async () => {
    const images = await docker.json<{ RepoTags: string[]; Id: string }[]>('/images/json')
    const image = images.find(({ RepoTags }) => RepoTags.includes('busybox:latest'))
    check('images: fields', shapeOf(without(image ?? {}, 'RepoDigests'), CHANGED))
    expect(image?.Id).toBe(listed.container['ImageID'])
  })

  test.each([
    ['/nope'],
    ['/containers/nope/json'],
    ['/containers/nope/stats'],
    ['/v1.40/_ping'],
    ['/v1.99/version'],
    ['/v1.2/version'],
    ['/containers/json?filters=x'],
    ['/containers/json?filters={"x":["y"]}'],
    ['/containers/json?filters={"status":["y"]}'],
    ['/containers/json?limit=x'],
  ])('answer to %s', async (path) => {
    const { status, headers, text } = await docker.ask(encodeURI(path))
    const body = text
      .replace(/1\.\d\d$/, 'NEWEST')
      .replace(/version is 1\.\d\d/, 'version is VERSION')
    check(`answer to ${path}`, { status, type: headers['content-type'], body: body.trim() })
  })
})

/** A pod without a network of its own, as real rigs have none, with limits, variables, volumes and one that ends. */
function podWithAll(namespace: string): Pod {
  const base = pod(namespace, 'whole')
  const [main] = base.spec.containers
  if (main === undefined) throw new Error('no container')
  return {
    ...base,
    metadata: { ...base.metadata, annotations: { note: 'hello' } },
    spec: {
      ...base.spec,
      initContainers: [{ ...shell('ended', 'exit 0') }],
      containers: [
        {
          ...main,
          resources: {
            requests: { cpu: '100m', memory: '32Mi' },
            limits: { cpu: '500m', memory: '64Mi' },
          },
          env: [
            { name: 'OWN', value: 'a b=c' },
            { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          ],
          volumeMounts: [
            { name: 'scratch', mountPath: '/volumes/scratch' },
            { name: 'config', mountPath: '/volumes/config', readOnly: true },
          ],
        },
        shell('second', 'sleep 1000'),
      ],
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'config', configMap: { name: 'cm' } },
      ],
    },
  }
}
