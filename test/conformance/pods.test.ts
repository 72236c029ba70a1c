import { beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../src/core/index.ts'
import { CONFIGMAPS, PODS, SECRETS, type Pod } from '../../src/kube/index.ts'
import { ask } from './ask.ts'
import { caseOf } from './differs.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential } from './exchange.ts'
import { run, shell, type Target } from './target.ts'

/** Pods on the node: what becomes of them, what they find inside, and what one sees of it. */

type Container = Pod['spec']['containers'][number]
const container = (script: string, more: object = {}): Container => ({
  ...shell('main', script),
  ...more,
})

onEachTarget((target, name) => {
  const check = caseOf('pods', name)
  let namespace: string
  beforeAll(async () => {
    namespace = await target().namespace()
    await target().admin.create(CONFIGMAPS, {
      metadata: { namespace, name: 'cm' },
      data: { k: 'v', other: 'w' },
    })
    await target().admin.create(SECRETS, {
      metadata: { namespace, name: 's' },
      type: 'Opaque',
      data: { p: 'cGFzcw==' },
    })
  })
  const start = (name: string, containers: Container[], spec: object = {}): Promise<Pod> =>
    target().admin.create<Pod>(PODS, {
      metadata: {
        namespace,
        name,
        labels: { app: name, tier: 'x' },
        annotations: { note: 'hello' },
      },
      spec: {
        hostNetwork: true,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 1,
        restartPolicy: 'Never',
        containers,
        ...spec,
      },
    })
  const until = (name: string, is: (pod: Pod) => boolean): Promise<Pod> =>
    untilPod(target(), { namespace, name }, is)
  const ended = (name: string): Promise<Pod> =>
    until(name, ({ status }) => ['Succeeded', 'Failed'].includes(status?.phase ?? ''))
  const log = async (name: string, query = ''): Promise<string> =>
    (await logOf(target(), namespace, name, query)).text
  /** Runs the script to its end; gives what it printed. */
  const printed = async (
    name: string,
    script: string,
    more: object = {},
    spec: object = {},
  ): Promise<string> => {
    await start(name, [container(script, more)], spec)
    const pod = await ended(name)
    expect(pod.status?.phase, JSON.stringify(pod.status)).toBe('Succeeded')
    return log(name)
  }

  describe('how they end', () => {
    test.each([
      ['zero', 'exit 0', 'Succeeded', { exitCode: 0, reason: 'Completed' }],
      ['three', 'exit 3', 'Failed', { exitCode: 3, reason: 'Error' }],
      ['high', 'exit 255', 'Failed', { exitCode: 255, reason: 'Error' }],
    ])('exit %s', async (name, script, phase, terminated) => {
      await start(name, [container(script)])
      const { status } = await ended(name)
      expect(status?.phase).toBe(phase)
      expect(status?.containerStatuses?.[0]).toMatchObject({
        name: 'main',
        ready: false,
        restartCount: 0,
        state: { terminated },
      })
      const conditions = (status?.conditions ?? []).filter(
        ({ type }) => type !== 'PodReadyToStartContainers',
      )
      const reason = phase === 'Succeeded' ? 'PodCompleted' : undefined
      expect(conditions.map(({ type, status: is }) => [type, is]).toSorted()).toEqual([
        ['ContainersReady', 'False'],
        ['Initialized', 'True'],
        ['PodScheduled', 'True'],
        ['Ready', 'False'],
      ])
      if (reason !== undefined)
        expect(conditions.find(({ type }) => type === 'Ready')?.reason).toBe(reason)
    })

    check('two containers, one of them fails', async () => {
      await start('pair', [container('exit 0'), { ...container('exit 1'), name: 'other' }])
      expect((await ended('pair')).status?.phase).toBe('Failed')
    })

    check('a command that is not there', async () => {
      await start('nocommand', [container('', { command: ['/no/such/program'] })])
      const pod = await until(
        'nocommand',
        ({ status }) => status?.containerStatuses?.[0]?.state.terminated !== undefined,
      )
      expect(pod.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({
        exitCode: 127,
        reason: 'ContainerCannotRun',
        message:
          'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/no/such/program": stat /no/such/program: no such file or directory: unknown',
      })
    })

    check('the message at the end, from its file', async () => {
      await start('message', [
        container('echo -n last words > /tmp/m; exit 1', { terminationMessagePath: '/tmp/m' }),
      ])
      expect(
        (await ended('message')).status?.containerStatuses?.[0]?.state.terminated,
      ).toMatchObject({ message: 'last words' })
    })

    check('the message at the end, from its log', async () => {
      await start('fallback', [
        container('echo said so; exit 1', { terminationMessagePolicy: 'FallbackToLogsOnError' }),
      ])
      expect(
        (await ended('fallback')).status?.containerStatuses?.[0]?.state.terminated,
      ).toMatchObject({ message: 'said so\n' })
    })

    check('its deadline', async () => {
      await start('late', [container('sleep 1000')], { activeDeadlineSeconds: 1 })
      expect((await ended('late')).status).toMatchObject({
        phase: 'Failed',
        reason: 'DeadlineExceeded',
      })
    })

    check('restarts, and then waits longer each time', async () => {
      await start('again', [container('exit 2')], { restartPolicy: 'Always' })
      const pod = await until(
        'again',
        ({ status }) =>
          status?.containerStatuses?.[0]?.state.waiting?.reason === 'CrashLoopBackOff',
      )
      const [status] = pod.status?.containerStatuses ?? []
      expect(pod.status?.phase).toBe('Running')
      expect(status?.state.waiting?.message).toMatch(
        /^back-off \d+s restarting failed container=main pod=again_/,
      )
      expect(status).toMatchObject({
        started: false,
        lastState: { terminated: { exitCode: 2, reason: 'Error' } },
      })
      expect(status?.restartCount).toBeGreaterThan(0)
    })

    check('OnFailure leaves what succeeded alone', async () => {
      await start('once', [container('exit 0')], { restartPolicy: 'OnFailure' })
      expect((await ended('once')).status?.containerStatuses?.[0]?.restartCount).toBe(0)
    })

    check('an image that may not be pulled', async () => {
      await start('never', [
        container('exit 0', { image: 'no.such/image:1', imagePullPolicy: 'Never' }),
      ])
      const pod = await until(
        'never',
        ({ status }) =>
          status?.containerStatuses?.[0]?.state.waiting?.reason === 'ErrImageNeverPull',
      )
      expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toBe(
        'Container image "no.such/image:1" is not present with pull policy of Never',
      )
      expect(pod.status?.phase).toBe('Pending')
    })
  })

  describe('init containers', () => {
    check('run one after the other, before the others', async () => {
      const volumeMounts = [{ name: 'v', mountPath: '/v' }]
      const init = ['a', 'b'].map((name) => ({
        ...shell(name, `echo ${name} >> /v/list`),
        volumeMounts,
      }))
      const text = await printed(
        'init',
        'cat /v/list',
        { volumeMounts },
        { volumes: [{ name: 'v', emptyDir: {} }], initContainers: init },
      )
      expect(text).toBe('a\nb\n')
    })
    check('one that fails ends the pod', async () => {
      await start('badinit', [container('exit 0')], { initContainers: [shell('a', 'exit 7')] })
      const { status } = await ended('badinit')
      expect(status?.phase).toBe('Failed')
      expect(status?.containerStatuses?.[0]?.state).toMatchObject({
        waiting: { reason: 'PodInitializing' },
      })
      expect(status?.initContainerStatuses?.[0]?.state).toMatchObject({
        terminated: { exitCode: 7 },
      })
      expect(status?.conditions?.find(({ type }) => type === 'Initialized')).toMatchObject({
        status: 'False',
        reason: 'ContainersNotInitialized',
        message: 'containers with incomplete status: [a]',
      })
    })
  })

  describe('environment', () => {
    check('values, references and the downward API', async () => {
      const field = (fieldPath: string): object => ({ valueFrom: { fieldRef: { fieldPath } } })
      const env = [
        { name: 'PLAIN', value: 'x' },
        { name: 'MADE', value: '$(PLAIN)-$(NONE)-$$(PLAIN)' },
        { name: 'NAME', ...field('metadata.name') },
        { name: 'SPACE', ...field('metadata.namespace') },
        { name: 'LABEL', ...field("metadata.labels['tier']") },
        { name: 'NOTE', ...field("metadata.annotations['note']") },
        { name: 'NODE', ...field('spec.nodeName') },
        { name: 'ACCOUNT', ...field('spec.serviceAccountName') },
        {
          name: 'LIMIT',
          valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } },
        },
        { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'cm', key: 'k' } } },
        { name: 'SECRET', valueFrom: { secretKeyRef: { name: 's', key: 'p' } } },
        {
          name: 'MAYBE',
          valueFrom: { configMapKeyRef: { name: 'cm', key: 'zz', optional: true } },
        },
      ]
      const names = env.map(({ name }) => name).join(' ')
      const text = await printed(
        'env',
        `for name in ${names} P_k; do eval echo $name='$'$name; done`,
        {
          env,
          envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }],
          resources: { limits: { memory: '64Mi' } },
        },
      )
      expect(text.trim().split('\n')).toEqual([
        'PLAIN=x',
        'MADE=x-$(NONE)-$(PLAIN)',
        'NAME=env',
        `SPACE=${namespace}`,
        'LABEL=x',
        'NOTE=hello',
        `NODE=${target().facts.nodeName}`,
        'ACCOUNT=default',
        'LIMIT=64',
        'KEY=v',
        'SECRET=pass',
        'MAYBE=',
        'P_k=v',
      ])
    })
    check('the API server’s address', async () => {
      const text = await printed(
        'service',
        'echo $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT $KUBERNETES_PORT',
      )
      expect(text).toMatch(/^\S+ \d+ tcp:\/\/\S+:\d+\n$/)
    })
    check('a key that is not there keeps the container waiting', async () => {
      const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'zz' } } }]
      await start('nokey', [container('exit 0', { env })])
      const pod = await until(
        'nokey',
        ({ status }) =>
          status?.containerStatuses?.[0]?.state.waiting?.reason === 'CreateContainerConfigError',
      )
      expect(pod.status?.containerStatuses?.[0]?.state.waiting?.message).toBe(
        `couldn't find key zz in ConfigMap ${namespace}/cm`,
      )
    })
  })

  describe('volumes', () => {
    const files = (
      name: string,
      volume: object,
      script: string,
      mount: object = {},
    ): Promise<string> =>
      printed(
        name,
        script,
        { volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] },
        { volumes: [{ name: 'v', ...volume }] },
      )
    const ALL = 'cd /v && for file in *; do echo $file=$(cat $file); done'
    const VOLUMES: readonly (readonly [string, object, string, object, string])[] = [
      ['configmap', { configMap: { name: 'cm' } }, ALL, {}, 'k=v\nother=w\n'],
      [
        'items',
        { configMap: { name: 'cm', items: [{ key: 'k', path: 'renamed' }] } },
        ALL,
        {},
        'renamed=v\n',
      ],
      ['secret', { secret: { secretName: 's' } }, ALL, {}, 'p=pass\n'],
      ['emptydir', { emptyDir: {} }, 'echo x > /v/f && cat /v/f', {}, 'x\n'],
      [
        'subpath',
        { configMap: { name: 'cm' } },
        'cat /v/one',
        { mountPath: '/v/one', subPath: 'k' },
        'v',
      ],
      [
        'downward',
        { downwardAPI: { items: [{ path: 'l', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        'cat /v/l',
        {},
        'app="downward"\ntier="x"',
      ],
      [
        'projected',
        {
          projected: {
            sources: [
              { configMap: { name: 'cm', items: [{ key: 'k', path: 'a/k' }] } },
              { secret: { name: 's' } },
            ],
          },
        },
        'cat /v/a/k /v/p',
        {},
        'vpass',
      ],
      ['optional', { configMap: { name: 'none', optional: true } }, 'ls /v | wc -l', {}, '0\n'],
      [
        'token',
        {
          projected: {
            sources: [
              { serviceAccountToken: { path: 't', expirationSeconds: 600, audience: 'me' } },
            ],
          },
        },
        'cut -d. -f2 /v/t | cut -c1-3',
        {},
        'eyJ\n',
      ],
    ]
    for (const [title, volume, script, mount, expected] of VOLUMES) {
      check(title, async () => {
        expect((await files(title, volume, script, mount)).trimEnd()).toBe(expected.trimEnd())
      })
    }
    check('what the account’s own volume has', async () => {
      const text = await printed(
        'account',
        'ls /var/run/secrets/kubernetes.io/serviceaccount; cat /var/run/secrets/kubernetes.io/serviceaccount/namespace',
        {},
        { automountServiceAccountToken: true },
      )
      expect(text.trimEnd()).toBe(`ca.crt
namespace
token
${namespace}`)
    })
    check('a ConfigMap that is not there holds the pod back', async () => {
      await start(
        'novolume',
        [container('exit 0', { volumeMounts: [{ name: 'v', mountPath: '/v' }] })],
        { volumes: [{ name: 'v', configMap: { name: 'none' } }] },
      )
      const pod = await until(
        'novolume',
        ({ status }) => status?.containerStatuses?.[0]?.state.waiting !== undefined,
      )
      expect(pod.status?.containerStatuses?.[0]?.state.waiting?.reason).toBe('ContainerCreating')
    })
  })

  describe('while they run', () => {
    check('probes: ready after a while, no longer, restarted', async () => {
      const probe = { exec: { command: ['cat', '/tmp/ok'] }, periodSeconds: 1, failureThreshold: 1 }
      await start('probed', [
        container('sleep 1; touch /tmp/ok; sleep 2; rm /tmp/ok; sleep 100', {
          readinessProbe: probe,
        }),
      ])
      await until('probed', ({ status }) => status?.phase === 'Running')
      await until('probed', ({ status }) => status?.containerStatuses?.[0]?.ready === true)
      const pod = await until(
        'probed',
        ({ status }) => status?.containerStatuses?.[0]?.ready === false,
      )
      expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
        status: 'False',
        reason: 'ContainersNotReady',
        message: 'containers with unready status: [main]',
      })
      expect(pod.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, started: true })
    })
    check('a liveness probe restarts', async () => {
      const livenessProbe = { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 }
      await start('alive', [container('sleep 100', { livenessProbe })], { restartPolicy: 'Always' })
      const pod = await until(
        'alive',
        ({ status }) => status?.containerStatuses?.[0]?.lastState.terminated !== undefined,
      )
      expect(pod.status?.containerStatuses?.[0]?.lastState.terminated?.exitCode).toBe(137)
    })
    check('a hook after its start', async () => {
      const postStart = { exec: { command: ['sh', '-c', 'echo from the hook > /hook/said'] } }
      const text = await printed(
        'hook',
        'while ! [ -s /hook/said ]; do sleep 0.1; done; cat /hook/said',
        { lifecycle: { postStart }, volumeMounts: [{ name: 'v', mountPath: '/hook' }] },
        { volumes: [{ name: 'v', emptyDir: {} }] },
      )
      expect(text).toBe('from the hook\n')
    })
    check('a hook before the restart by a probe', async () => {
      const preStop = { exec: { command: ['sh', '-c', 'echo before the end > /bye/said'] } }
      const exec = { command: ['sh', '-c', 'test -s /bye/said'] }
      const text = await printed(
        'bye',
        'if [ -s /bye/said ]; then cat /bye/said; exit 0; fi; sleep 100',
        {
          lifecycle: { preStop },
          livenessProbe: { exec, periodSeconds: 1, failureThreshold: 1 },
          volumeMounts: [{ name: 'v', mountPath: '/bye' }],
        },
        { volumes: [{ name: 'v', emptyDir: {} }], restartPolicy: 'OnFailure' },
      )
      expect(text).toBe('before the end\n')
    })
    check('a readiness gate that nobody opens', async () => {
      await start('gate', [container('sleep 100')], {
        readinessGates: [{ conditionType: 'example.com/a' }],
      })
      const pod = await until('gate', ({ status }) => status?.phase === 'Running')
      const conditions = pod.status?.conditions ?? []
      expect(conditions.find(({ type }) => type === 'ContainersReady')?.status).toBe('True')
      expect(conditions.find(({ type }) => type === 'Ready')).toMatchObject({
        status: 'False',
        reason: 'ReadinessGatesNotReady',
        message: 'corresponding condition of pod readiness gate "example.com/a" does not exist.',
      })
    })
    check('SIGTERM, and time to end', async () => {
      await start('graceful', [container('trap "exit 0" TERM; while true; do sleep 0.1; done')], {
        terminationGracePeriodSeconds: 20,
      })
      await until('graceful', ({ status }) => status?.phase === 'Running')
      const started = performance.now()
      await target().admin.delete(PODS, { namespace, name: 'graceful' })
      await gone(target(), { namespace, name: 'graceful' })
      expect(performance.now() - started).toBeLessThan(15_000)
    })
    check('who does not heed SIGTERM is killed after the grace period', async () => {
      await start('stubborn', [container('trap "" TERM; while true; do sleep 0.2; done')], {
        terminationGracePeriodSeconds: 2,
      })
      await until('stubborn', ({ status }) => status?.phase === 'Running')
      const started = performance.now()
      await target().admin.delete(PODS, { namespace, name: 'stubborn' })
      await gone(target(), { namespace, name: 'stubborn' })
      const took = performance.now() - started
      expect(took).toBeGreaterThan(1800)
      expect(took).toBeLessThan(12_000)
    })
  })

  describe('logs', () => {
    beforeAll(async () => {
      await start('talk', [container('for i in 1 2 3 4 5; do echo line $i; done; echo no end >&2')])
      await ended('talk')
    })
    test.each([
      ['', 'line 1\nline 2\nline 3\nline 4\nline 5\nno end\n'],
      ['tailLines=2', 'line 5\nno end\n'],
      ['tailLines=0', ''],
      ['limitBytes=8', 'line 1\nl'],
      ['container=main&tailLines=1', 'no end\n'],
      ['sinceSeconds=3600&tailLines=1', 'no end\n'],
    ])('%s', async (query, expected) => {
      const text = await log('talk', `?${query}`)
      // Two streams: which line came first is the runtime's business.
      const order = (lines: string): string[] => lines.split('\n').toSorted()
      expect(query === '' ? order(text) : text.length).toEqual(
        query === '' ? order(expected) : expected.length,
      )
    })
    check('a last line without an end', async () => {
      expect(await printed('endless', 'echo -n open')).toBe('open')
    })
    check('timestamps', async () => {
      expect(await log('talk', '?timestamps=true&tailLines=1')).toMatch(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z \w+ \w+\n$/,
      )
    })
    test.each([
      ['container=none', 400, 'container none is not valid for pod talk'],
      ['previous=true', 400, 'previous terminated container "main" in pod "talk" not found'],
      [
        'tailLines=-1',
        422,
        'PodLogOptions "talk" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
      ],
      [
        'sinceSeconds=0',
        422,
        'PodLogOptions "talk" is invalid: sinceSeconds: Invalid value: 0: must be greater than 0',
      ],
      [
        'limitBytes=0',
        422,
        'PodLogOptions "talk" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
      ],
    ])('refused: %s', async (query, status, message) => {
      const reply = await logOf(target(), namespace, 'talk', `?${query}`)
      expect([reply.status, (JSON.parse(reply.text) as { message: string }).message]).toEqual([
        status,
        message,
      ])
    })
    check('two containers: which one?', async () => {
      await start('two', [container('exit 0'), { ...container('exit 0'), name: 'other' }])
      await ended('two')
      const reply = await logOf(target(), namespace, 'two', '')
      expect([reply.status, (JSON.parse(reply.text) as { message: string }).message]).toEqual([
        400,
        'a container name must be specified for pod two, choose one of: [main other]',
      ])
    })
  })

  describe('exec', () => {
    beforeAll(async () => {
      await start('shell', [container('sleep 1000')], { restartPolicy: 'Always' })
      await until('shell', ({ status }) => status?.phase === 'Running')
    })
    const exec = (...argv: string[]): Promise<string> =>
      target().kubectl(['-n', namespace, 'exec', 'shell', '--', ...argv])
    check('output', async () => {
      expect(await exec('echo', 'hello')).toBe('hello\n')
    })
    check('input', async () => {
      expect(
        await run(
          'kubectl',
          [
            '--kubeconfig',
            target().facts.kubeconfig,
            '-n',
            namespace,
            'exec',
            '-i',
            'shell',
            '--',
            'cat',
          ],
          'typed\n',
        ),
      ).toBe('typed\n')
    })
    check('the exit code', async () => {
      await expect(exec('sh', '-c', 'exit 5')).rejects.toThrow(
        /: 5\n.*command terminated with exit code 5/s,
      )
    })
    check('a program that is not there', async () => {
      await expect(exec('no-such-program')).rejects.toThrow(/no-such-program/)
    })
    check('a container that is not there', async () => {
      await expect(
        target().kubectl(['-n', namespace, 'exec', 'shell', '-c', 'none', '--', 'true']),
      ).rejects.toThrow(/container.* none|none.*container/)
    })
    check('a pod that has ended', async () => {
      await expect(
        target().kubectl(['-n', namespace, 'exec', 'zero', '--', 'true']),
      ).rejects.toThrow(
        'cannot exec into a container in a completed pod; current phase is Succeeded',
      )
    })
  })
})

async function logOf(
  target: Target,
  namespace: string,
  name: string,
  query: string,
): ReturnType<typeof ask> {
  return target.api(
    `/api/v1/namespaces/${namespace}/pods/${name}/log${query}`,
    await adminCredential(target),
  )
}

interface Key {
  readonly namespace: string
  readonly name: string
}

function untilPod(target: Target, key: Key, is: (pod: Pod) => boolean): Promise<Pod> {
  let seen = ''
  return waitFor(
    `pod ${key.name}`,
    async () => {
      const pod = await target.admin.get<Pod>(PODS, key)
      seen = JSON.stringify(pod.status)
      return is(pod) ? pod : undefined
    },
    { timeoutMs: 25_000, intervalMs: 100, last: () => seen },
  )
}

async function gone(target: Target, key: Key): Promise<void> {
  await waitFor(
    'the end of the pod',
    async () =>
      (await target.admin.get(PODS, key).then(
        () => false,
        () => true,
      ))
        ? true
        : undefined,
    { timeoutMs: 30_000, intervalMs: 50 },
  )
}
