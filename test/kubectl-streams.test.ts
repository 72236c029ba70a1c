import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../src/core/index.ts'
import { isPodReady } from '../src/kube/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

const installed = spawnSync('kubectl', ['version', '--client'], { timeout: 20_000 }).status === 0

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** exec, attach, cp and port-forward: kubectl → API server → kubelet → container, each connection real. */
describe.skipIf(!installed)(
  `kubectl’s streams${installed ? '' : ' (not installed: skipped)'}`,
  () => {
    let rig: KubeletRig
    beforeAll(async () => {
      rig = await startKubeletRig()
      await writeFile(join(rig.dir, 'config'), await rig.api.kubeconfig(), { mode: 0o600 })
      await rig.create({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'web', namespace: 'team' },
        spec: {
          nodeName: rig.nodeName,
          containers: [
            {
              name: 'main',
              image: 'busybox',
              command: ['sh', '-c', 'while :; do echo tick; sleep 0.1; done'],
            },
            {
              name: 'reader',
              image: 'busybox',
              stdin: true,
              args: ['sh', '-c', 'read -r line; echo "got $line"; sleep 60'],
            },
          ],
        },
      })
      await rig.waitForPod('team', 'web', isPodReady)
    })
    afterAll(() => rig[Symbol.asyncDispose]())

    const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
      PATH: process.env['PATH'],
      HOME: rig.dir,
      KUBECONFIG: join(rig.dir, 'config'),
      ...more,
    })
    const kubectl = (
      args: readonly string[],
      input = '',
      env: NodeJS.ProcessEnv = {},
    ): Promise<Outcome> =>
      new Promise((resolve) => {
        const options = { env: environment(env), timeout: 20_000, cwd: rig.dir }
        const child = execFile(
          'kubectl',
          ['-n', 'team', ...args],
          options,
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
          },
        )
        child.stdin?.end(input)
      })

    test.each([
      ['WebSocket', 'true'],
      ['SPDY', 'false'],
    ])('exec over %s: both outputs, input, exit code', async (_name, webSockets) => {
      const script = 'cat; echo err >&2; exit 9'
      const args = ['exec', '-i', 'web', '-c', 'main', '--', 'sh', '-c', script]
      const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets }
      const { code, stdout, stderr } = await kubectl(args, 'some input\n', env)
      expect(stdout).toBe('some input\n')
      expect(stderr).toBe('err\ncommand terminated with exit code 9\n')
      expect(code).toBe(9)
    })

    test('exec on a terminal has the size of the caller’s', async () => {
      const inner = `stty rows 41 cols 123; kubectl -n team exec -it web -c main -- sh -c 'sleep 0.5; stty size; tty'`
      const child = spawn('script', ['-q', '-e', '-c', inner, '/dev/null'], {
        env: environment({ TERM: 'xterm', SHELL: '/bin/sh' }),
      })
      let shown = ''
      child.stdout.on('data', (data: Buffer) => (shown += data.toString()))
      // Its standard input stays open, as a person's terminal does.
      await once(child, 'exit')
      expect(shown).toContain('41 123')
      expect(shown).toMatch(/\/dev\/pts\/\d+/)
    })

    test('exec says which pod, container or program is missing', async () => {
      expect((await kubectl(['exec', 'none', '--', 'id'])).stderr).toContain(
        'pods "none" not found',
      )
      const noContainer = await kubectl(['exec', 'web', '-c', 'none', '--', 'id'])
      expect(noContainer.stderr).toMatch(/container (none is not valid for pod web|not found)/)
      const noProgram = await kubectl(['exec', 'web', '-c', 'main', '--', 'nonesuch'])
      expect(noProgram.stderr).toContain('exec: "nonesuch": executable file not found in $PATH')
      expect(noProgram.code).toBe(1)
    })

    test('debug puts a container into a running pod', async () => {
      const args = [
        'debug',
        '-i',
        'web',
        '--image=busybox',
        '--container=look',
        '--profile=general',
      ]
      const looked = await kubectl(
        [...args, '--', 'sh', '-c', 'read -r word; echo "saw $word"'],
        'it\n',
      )
      expect(looked).toMatchObject({ code: 0 })
      expect(looked.stdout).toContain('saw it')
      expect((await kubectl(['logs', 'web', '-c', 'look'])).stdout).toBe('saw it\n')
      const path = '{.status.phase} {.status.ephemeralContainerStatuses[0].state.terminated.reason}'
      const shown = await kubectl(['get', 'pod', 'web', '-o', `jsonpath=${path}`])
      expect(shown.stdout).toBe('Running Completed')
      const again = await kubectl(args)
      expect(again.stderr).toContain('existing ephemeral containers "look" may not be changed')
    })

    test('cp to a container and back, byte for byte', async () => {
      const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 256))
      await writeFile(join(rig.dir, 'sent.bin'), content)
      expect(await kubectl(['cp', 'sent.bin', 'web:data.bin', '-c', 'main'])).toMatchObject({
        code: 0,
      })
      expect(await kubectl(['cp', 'web:data.bin', 'back.bin', '-c', 'main'])).toMatchObject({
        code: 0,
      })
      expect((await readFile(join(rig.dir, 'back.bin'))).equals(content)).toBe(true)
    })

    test('attach to a container that reads', async () => {
      const child = spawn('kubectl', ['-n', 'team', 'attach', '-i', 'web', '-c', 'reader'], {
        env: environment(),
      })
      let shown = ''
      child.stdout.on('data', (data: Buffer) => (shown += data.toString()))
      child.stdin.write('hello\n')
      await waitFor('the answer', () => shown.includes('got hello') || undefined, {
        timeoutMs: 10_000,
      })
      child.kill('SIGINT')
      await once(child, 'exit')
    })

    test('run -i starts a pod, talks with it and removes it', async () => {
      const args = [
        'run',
        '-i',
        '--rm',
        '--restart=Never',
        'once',
        '--image=busybox',
        '--overrides',
      ]
      const overrides = JSON.stringify({ spec: { nodeName: rig.nodeName } })
      const { stdout } = await kubectl(
        [...args, overrides, '--', 'sh', '-c', 'read -r x; echo "read $x"'],
        'words\n',
      )
      expect(stdout).toContain('read words')
      expect(stdout).toContain('pod "once" deleted')
    })

    test('port-forward carries several connections, and says when nobody listens', async () => {
      const child = spawn(
        'kubectl',
        ['-n', 'team', 'port-forward', 'pod/web', `:${rig.kubelet.port}`, ':1'],
        { env: environment() },
      )
      // It may end by itself, when it hears that nobody listens.
      const ended = once(child, 'exit')
      let [shown, errors] = ['', '']
      child.stdout.on('data', (data: Buffer) => (shown += data.toString()))
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
      // What listens on the pod's address here is the kubelet itself: it answers in TLS.
      const port = await waitFor(
        'a port',
        () => new RegExp(`127.0.0.1:(\\d+) -> ${rig.kubelet.port}`).exec(shown)?.[1],
        {
          timeoutMs: 10_000,
        },
      )
      const probes = await Promise.all(
        [1, 2, 3].map(() =>
          run('curl', ['-sk', '--max-time', '10', `https://127.0.0.1:${port}/healthz`]),
        ),
      )
      expect(probes.map(({ stdout }) => stdout)).toEqual([
        'Unauthorized',
        'Unauthorized',
        'Unauthorized',
      ])
      const closed = /127\.0\.0\.1:(\d+) -> 1\n/.exec(shown)?.[1] ?? ''
      await run('curl', ['-s', '--max-time', '10', `http://127.0.0.1:${closed}/`])
      await waitFor('the reason', () => errors.includes('connection refused') || undefined, {
        timeoutMs: 10_000,
      })
      child.kill('SIGINT')
      await ended
    })
  },
)

function run(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : 1, stdout, stderr })
    })
  })
}
