import type { ServerResponse } from 'node:http'
import { PassThrough, Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogStreams, type Ending } from './log-streams.ts'
import { createMetrics } from './metrics.ts'

const streamsOf = (
  maxDurationMs: number,
): { ends: Ending[]; streams: ReturnType<typeof createLogStreams> } => {
  const ends: Ending[] = []
  const streams = createLogStreams({
    streams: 3,
    streamsPerTenant: 2,
    maxDurationMs,
    metrics: createMetrics(),
    ended: (why) => ends.push(why),
  })
  return { ends, streams }
}
const [blue, green] = [{ name: 'blue' }, { name: 'green' }]
const client = (): PassThrough => new PassThrough()
const endless = (): Readable => {
  const log = new Readable({ read: () => undefined })
  log.push('first\n')
  return log
}

test('a follow ends after its time as at the end of the log', async () => {
  const { ends, streams } = streamsOf(30)
  const place = streams.enter(blue, client())
  const log = endless()
  // What undici does with the body of a request whose signal fires.
  place?.signal.addEventListener('abort', () => log.destroy(new Error('aborted')))
  const response = new PassThrough()
  await place?.pipe(log, response as unknown as ServerResponse)
  expect([ends, response.writableEnded, String(response.read())]).toEqual([
    ['time'],
    true,
    'first\n',
  ])
})

test('places are limited per tenant and in all, and given back once', () => {
  const { ends, streams } = streamsOf(60_000)
  const gone = client()
  const first = streams.enter(blue, gone)
  const second = streams.enter(blue, client())
  expect(streams.enter(blue, client())).toBeUndefined()
  const third = streams.enter(green, client())
  expect(streams.enter(green, client())).toBeUndefined()
  gone.emit('close')
  first?.leave('done')
  expect([ends, first?.signal.aborted]).toEqual([['client'], true])
  streams.keepOnly([green])
  expect([second?.signal.aborted, third?.signal.aborted]).toEqual([true, false])
  streams.endAll()
  expect(ends).toEqual(['client', 'stopped', 'stopped'])
  const destroyed = client()
  destroyed.destroy()
  streams.enter(blue, destroyed)
  expect(ends.at(-1)).toBe('client')
})

test('a log that breaks off is cut off for its reader, too', async () => {
  const { ends, streams } = streamsOf(60_000)
  const log = endless()
  const response = new PassThrough()
  response.on('error', () => undefined)
  const piped = streams.enter(blue, client())?.pipe(log, response as unknown as ServerResponse)
  log.destroy(new Error('the node is gone'))
  await piped
  expect([ends, response.destroyed]).toEqual([['failed'], true])
})
