import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { closeServer, listen, waitFor } from '../src/core/index.ts'
import { isPodReady } from '../src/kube/index.ts'
import { startKubeletRig, type KubeletRig } from './helpers/kubelet-rig.ts'

/** Remote commands and port-forward on the kubelet's own port, held to what a kubelet 1.36 with containerd answered. */

let rig: KubeletRig

beforeAll(async () => {
  rig = await startKubeletRig()
  const script = 'echo started; while read -r line; do echo "got $line"; done; exit 7'
  await rig.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'team' },
    spec: {
      nodeName: rig.nodeName,
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image: 'busybox',
          command: ['sh', '-c', 'while :; do sleep 0.05; echo tick; done'],
        },
        { name: 'reader', image: 'busybox', stdin: true, command: ['sh', '-c', script] },
      ],
    },
  })
  await rig.waitForPod('team', 'web', isPodReady)
})

afterAll(() => rig[Symbol.asyncDispose]())

interface Session {
  readonly socket: WebSocket
  /** Text per channel, in the order of the messages. */
  readonly messages: (readonly [channel: number, text: string])[]
  readonly closed: Promise<number>
  text(channel: number): string
  send(channel: number, text: string): void
}

async function open(path: string, protocol = 'v5.channel.k8s.io'): Promise<Session> {
  const { certPem: cert, keyPem: key } = rig.api.adminCredential
  const url = `wss://127.0.0.1:${rig.kubelet.port}${path}`
  const socket = new WebSocket(url, protocol, { cert, key, ca: rig.api.caPem })
  const messages: [number, string][] = []
  const isText = protocol.includes('base64')
  socket.on('message', (data: Buffer) => {
    if (isText)
      messages.push([
        Number(data.toString()[0]),
        Buffer.from(data.toString().slice(1), 'base64').toString(),
      ])
    else messages.push([data[0] ?? -1, data.toString('latin1', 1)])
  })
  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  return {
    socket,
    messages,
    closed,
    text: (channel) =>
      messages
        .filter(([one]) => one === channel)
        .map(([, text]) => text)
        .join(''),
    send: (channel, text) =>
      isText
        ? socket.send(`${channel}${Buffer.from(text).toString('base64')}`)
        : socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(text)])),
  }
}

const query = (argv: readonly string[], flags: string): string =>
  `${argv.map((word) => `command=${encodeURIComponent(word)}&`).join('')}${flags}`

describe('exec', () => {
  test.each(['v4.channel.k8s.io', 'v5.channel.k8s.io', 'v4.base64.channel.k8s.io'])(
    'runs a command by %s, shows stdout first and ends with a Status',
    async (protocol) => {
      const script = 'echo out; echo err >&2'
      const session = await open(
        `/exec/team/web/main?${query(['sh', '-c', script], 'output=1&error=1')}`,
        protocol,
      )
      expect(session.socket.protocol).toBe(protocol)
      expect(await session.closed).toBe(1000)
      expect(session.messages[0]).toEqual([1, ''])
      expect(session.text(1)).toBe('out\n')
      expect(session.text(2)).toBe('err\n')
      expect(session.text(3)).toBe('{"metadata":{},"status":"Success"}')
    },
  )

  test('tells the exit code', async () => {
    const session = await open(`/exec/team/web/main?${query(['sh', '-c', 'exit 3'], 'output=1')}`)
    await session.closed
    expect(JSON.parse(session.text(3))).toEqual({
      metadata: {},
      status: 'Failure',
      message:
        'command terminated with non-zero exit code: error executing command [sh -c exit 3], exit code 3',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    })
  })

  test('says that there is no such program', async () => {
    const session = await open(`/exec/team/web/main?${query(['nonesuch'], 'output=1')}`)
    await session.closed
    expect(session.text(3)).toContain('exec: \\"nonesuch\\": executable file not found in $PATH')
  })

  test('takes input, and its end where the protocol has one', async () => {
    const session = await open(`/exec/team/web/main?${query(['wc', '-c'], 'input=1&output=1')}`)
    session.send(0, 'x'.repeat(100_000))
    session.send(0, 'yz')
    session.socket.send(Buffer.of(255, 0))
    await session.closed
    expect(session.text(1).trim()).toBe('100002')
  })

  test('a terminal echoes, has a size, and one stream', async () => {
    const session = await open(
      `/exec/team/web/main?${query(['sh'], 'input=1&output=1&error=1&tty=1')}`,
    )
    await waitFor(
      'a prompt',
      () => session.text(1).includes('# ') || session.text(1).includes('$ ') || undefined,
      { timeoutMs: 5000 },
    )
    session.send(4, '{"Width":101,"Height":33}')
    await waitFor(
      'the size',
      () => {
        session.send(0, 'stty size >&2\n')
        return session.text(1).includes('33 101\r\n') || undefined
      },
      { timeoutMs: 5000, intervalMs: 100 },
    )
    session.send(0, 'exit 5\n')
    await session.closed
    expect(session.text(2)).toBe('')
    expect(session.text(3)).toContain('"message":"5"')
  })

  test('a reader that stops reading holds the command back, and gets everything in the end', async () => {
    const session = await open(
      `/exec/team/web/main?${query(['head', '-c', '20000000', '/dev/zero'], 'output=1')}`,
    )
    let bytes = 0
    session.socket.removeAllListeners('message')
    session.socket.on('message', (data: Buffer) => {
      if (data[0] === 1) bytes += data.length - 1
      session.socket.pause()
      setTimeout(() => session.socket.resume(), 1)
    })
    await session.closed
    expect(bytes).toBe(20_000_000)
  })

  test('a client that goes away ends its command', async () => {
    const mark = `mark-${Math.random()}`
    const session = await open(
      `/exec/team/web/main?${query(['sh', '-c', `echo $$; exec sleep 60 # ${mark}`], 'output=1')}`,
    )
    await waitFor('the pid', () => session.text(1).trim() || undefined, { timeoutMs: 5000 })
    const pid = Number(session.text(1))
    session.socket.terminate()
    await waitFor('its end', () => (isAlive(pid) ? undefined : true), { timeoutMs: 5000 })
  })

  test('refuses what it cannot do in the words of a kubelet', async () => {
    const cert = rig.api.adminCredential
    const without = await rig.get('/exec/team/web/main?command=id', { cert })
    expect([without.status, without.body.toString()]).toEqual([
      400,
      'you must specify at least 1 of stdin, stdout, stderr',
    ])
    const plain = await rig.get('/exec/team/web/main?command=id&output=1', { cert })
    expect([plain.status, plain.body.toString()]).toEqual([500, 'Upgrade request required\n'])
    expect((await rig.get('/exec/team/none/main?command=id&output=1', { cert })).status).toBe(404)
    await expect(
      open('/exec/team/web/main?command=id&output=1', 'v9.channel.k8s.io'),
    ).rejects.toThrow('403')
    await expect(open('/exec/team/web/none?command=id&output=1')).rejects.toThrow('500')
  })
})

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('attach', () => {
  test('shows what a container prints from now on', async () => {
    const session = await open('/attach/team/web/main?output=1', 'v4.channel.k8s.io')
    await waitFor('ticks', () => session.text(1).includes('tick\ntick\n') || undefined, {
      timeoutMs: 5000,
    })
    session.socket.close()
    await session.closed
    expect(rig.runtime.list().find(({ name }) => name === 'main')?.phase).toBe('running')
  })

  test('writes to a container that has standard input, and ends with it', async () => {
    const session = await open('/attach/team/web/reader?input=1&output=1')
    session.send(0, 'hello\n')
    await waitFor('the echo', () => session.text(1).includes('got hello') || undefined, {
      timeoutMs: 5000,
    })
    session.socket.send(Buffer.of(255, 0))
    await session.closed
    expect(session.text(3)).toContain('"reason":"ExitCode","message":"7"')
  })
})

describe('port-forward', () => {
  test('by channels: ports first, then what the pod says; one that refuses is told', async () => {
    const server = createServer((socket) =>
      socket.on('data', (data) => socket.end(`echo ${data.toString()}`)),
    )
    const port = await listen(server, { address: '127.0.0.1', port: 0 }, 'a pod')
    const session = await open(`/portForward/team/web?port=${port}`, 'v4.channel.k8s.io')
    session.send(0, 'hi')
    expect(await session.closed).toBe(1000)
    const announced = Buffer.alloc(2)
    announced.writeUInt16LE(port)
    expect(session.text(0)).toBe(`${announced.toString('latin1')}echo hi`)
    await closeServer(server)
    const refused = await open(`/portForward/team/web?port=${port}`, 'v4.channel.k8s.io')
    await refused.closed
    expect(refused.text(1)).toContain(`dial tcp4 127.0.0.1:${port}: connect: connection refused`)
  })

  test('wants a port', async () => {
    await expect(open('/portForward/team/web', 'v4.channel.k8s.io')).rejects.toThrow('400')
  })
})
