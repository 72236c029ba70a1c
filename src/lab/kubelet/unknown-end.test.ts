import { expect, test } from 'vitest'
import type { ContainerStatus } from '../../kube/index.ts'
import { withoutDoubt } from './unknown-end.ts'

const status = (state: ContainerStatus['state']): ContainerStatus => ({
  name: 'x',
  state,
  lastState: {},
  ready: false,
  restartCount: 0,
  image: 'busybox',
  imageID: '',
})
const WAITS = status({ waiting: { reason: 'ContainerCreating' } })
const ENDED = status({ terminated: { exitCode: 0 } })
const unknown = { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } }

test('a container that never started has ended in an unknown way', () => {
  const { containerStatuses } = withoutDoubt({ containerStatuses: [WAITS, ENDED] })
  expect(containerStatuses?.[0]?.state).toMatchObject(unknown)
  expect(containerStatuses?.[1]).toEqual(ENDED)
})

test('not so those whose turn had not come', () => {
  const begun = { initContainerStatuses: [WAITS, WAITS], containerStatuses: [WAITS] }
  const result = withoutDoubt(begun)
  expect(result.initContainerStatuses?.[0]?.state).toMatchObject(unknown)
  expect(result.initContainerStatuses?.[1]).toEqual(WAITS)
  expect(result.containerStatuses).toEqual([WAITS])
  const initialized = withoutDoubt({ initContainerStatuses: [ENDED], containerStatuses: [WAITS] })
  expect(initialized.containerStatuses?.[0]?.state).toMatchObject(unknown)
})
