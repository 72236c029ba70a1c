import { createServer, connect, type Socket } from 'node:net'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { closeServer, createStack, listen, manualClock } from '../../core/index.ts'
import { createTargetChooser } from './choose-target.ts'
import { createListeners } from './listeners.ts'
import type { Route, Target } from './routes.ts'

/** A net of this test's own. */
const NET = '127.219'
const clock = manualClock(0)
const route = (protocol: Route['protocol'], port: number, targets: readonly Target[]): Route => ({
  id: `${protocol}/${NET}.192.9/${port}`,
  protocol,
  address: `${NET}.192.9`,
  port,
  targets,
  affinityMs: undefined,
})

/** Sends all that is said, and ends, and gives what came back. */
async function ask(port: number, text: string): Promise<string> {
  const socket = connect({ host: `${NET}.192.9`, port, allowHalfOpen: true })
  socket.end(text)
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  return answer
}

test('connections go to the targets in turn, both directions end on their own, and go on when nobody listens any more', async () => {
  await using stack = createStack()
  const listeners = stack.use(createListeners(clock))
  const targets: Target[] = []
  for (const name of ['a', 'b']) {
    const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
      socket.write(name)
      socket.on('data', (data) => socket.write(data)).on('end', () => socket.end('.'))
      socket.on('error', () => undefined)
    })
    const address = `${NET}.1.1`
    const port = await listen(server, { address, port: 0 }, 'a test')
    stack.defer(() => closeServer(server))
    targets.push({ address, port })
  }
  const place = route('TCP', 7080, targets)
  expect(await listeners.sync('shop/web', [place])).toEqual([])
  expect([await ask(7080, 'x'), await ask(7080, 'y'), await ask(7080, 'z')]).toEqual([
    'ax.',
    'by.',
    'az.',
  ])

  const lasting = connect(7080, `${NET}.192.9`)
  await once(lasting, 'data')
  await listeners.sync('shop/web', [])
  expect(listeners.active()).toEqual([])
  await expect(ask(7080, 'x')).rejects.toThrow('ECONNREFUSED')
  lasting.write('still')
  expect(String((await once(lasting, 'data'))[0])).toBe('still')
  await listeners[Symbol.asyncDispose]()
  await once(lasting, 'close')
})

test('a target that refuses resets the connection; a place that is taken is told', async () => {
  await using listeners = createListeners(clock)
  const place = route('TCP', 7081, [{ address: `${NET}.1.1`, port: 1 }])
  await listeners.sync('shop/web', [place])
  await expect(ask(7081, 'x')).rejects.toThrow('ECONNRESET')
  const [failure] = await listeners.sync('shop/other', [place])
  expect(failure?.error).toMatchObject({ code: 'E_PORT_IN_USE' })
})

test('datagrams go to the target and their answers back', async () => {
  await using stack = createStack()
  const listeners = stack.use(createListeners(clock))
  const echo = createSocket('udp4', (message, from) => echo.send(message, from.port, from.address))
  await new Promise<void>((resolve) => echo.bind(0, `${NET}.1.1`, resolve))
  stack.defer(() => void echo.close())
  const target = { address: `${NET}.1.1`, port: echo.address().port }
  await listeners.sync('dns', [route('UDP', 7053, [target])])
  const client = createSocket('udp4')
  stack.defer(() => void client.close())
  for (const text of ['one', 'two']) {
    client.send(text, 7053, `${NET}.192.9`)
    expect(String((await once(client, 'message'))[0])).toBe(text)
  }
})

test('a client with an affinity keeps its target until it has been away for too long or the target is gone', () => {
  const time = manualClock(0)
  const [a, b] = [1, 2].map((port) => ({ address: '127.219.1.1', port }))
  const chooser = createTargetChooser({ targets: [a!, b!], affinityMs: 1000 }, time)
  expect([chooser.choose('x'), chooser.choose('y'), chooser.choose('x')]).toEqual([a, b, a])
  time.advance(1001)
  expect([chooser.choose('y'), chooser.choose('y')]).toEqual([a, a])
  chooser.update({ targets: [b!], affinityMs: 1000 })
  expect(chooser.choose('y')).toEqual(b)
})
