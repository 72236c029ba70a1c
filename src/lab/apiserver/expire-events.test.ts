import { expect, test } from 'vitest'
import { manualClock, rfc3339 } from '../../core/index.ts'
import { EVENTS } from '../../kube/index.ts'
import { expireEvents } from './expire-events.ts'
import { createStore } from './store.ts'

test('events are forgotten after an hour', async () => {
  const clock = manualClock()
  const store = createStore()
  expireEvents(store, clock)
  const add = async (name: string): Promise<void> => {
    const metadata = { name, namespace: 'a', creationTimestamp: rfc3339(clock.now()) }
    store.insert(EVENTS, { kind: 'Event', apiVersion: 'v1', metadata })
    await Promise.resolve()
  }
  await add('old')
  clock.advance(1_800_000)
  await add('young')
  clock.advance(1_900_000)
  await add('new')
  expect(store.list(EVENTS).map(({ object }) => object.metadata.name)).toEqual(['new', 'young'])
})
