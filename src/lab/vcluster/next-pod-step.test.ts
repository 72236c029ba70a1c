import { describe, expect, test } from 'vitest'
import type { ObjectMeta, Pod, PodStatus } from '../../kube/index.ts'
import { keys } from '../../tenants/index.ts'
import { nextPodStep } from './next-pod-step.ts'

const pod = (metadata: ObjectMeta, status: PodStatus = {}): Pod => ({
  metadata,
  status,
  spec: { containers: [] },
})
const going = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 7 }
const virtual = pod({ uid: 'v' })
const host = pod({ uid: 'h', annotations: { [keys.OBJECT_UID]: 'v' } })
const started = pod({ uid: 'v' }, { startTime: '2026-01-01T00:00:00Z' })
const virtualGoing = pod({ uid: 'v', ...going })
const hostGoing = pod({ ...host.metadata, ...going })

describe('the next step', () => {
  test.each([
    ['a new virtual pod gets a host pod', virtual, undefined, { do: 'create-host' }],
    ['a pair is kept in step', virtual, host, { do: 'sync' }],
    [
      'a host pod without a virtual one goes',
      undefined,
      host,
      { do: 'delete-host', graceSeconds: undefined },
    ],
    ['one that is already going is left alone', undefined, hostGoing, { do: 'nothing' }],
    [
      'the host pod of an earlier virtual pod of that name goes',
      pod({ uid: 'later' }),
      host,
      { do: 'delete-host', graceSeconds: undefined },
    ],
    ['and is waited for', pod({ uid: 'later' }), hostGoing, { do: 'nothing' }],
    [
      'a deleted virtual pod takes its host pod along, with its grace time',
      virtualGoing,
      host,
      { do: 'delete-host', graceSeconds: 7 },
    ],
    [
      'a deleted host pod takes its virtual pod along',
      started,
      hostGoing,
      { do: 'delete-virtual', graceSeconds: 7 },
    ],
    ['while both go, the status is kept in step', virtualGoing, hostGoing, { do: 'sync' }],
    [
      'a deleted virtual pod is gone when its host pod is',
      virtualGoing,
      undefined,
      { do: 'delete-virtual', graceSeconds: 0 },
    ],
    [
      'a pod that had started is not started again',
      started,
      undefined,
      { do: 'delete-virtual', graceSeconds: 0 },
    ],
    ['nothing is to be done about nothing', undefined, undefined, { do: 'nothing' }],
  ] as const)('%s', (_rule, v, h, expected) => {
    expect(nextPodStep(v, h)).toEqual(expected)
  })
})
