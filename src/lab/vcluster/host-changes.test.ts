import { describe, expect, test } from 'vitest'
import type { Container, Pod } from '../../kube/index.ts'
import type { SyncContext } from './context.ts'
import { hostEphemeralContainers } from './host-changes.ts'

const context = {
  vcluster: 'v',
  api: { address: '10.0.0.1', port: 443 },
} as unknown as SyncContext

const pod = (...ephemeralContainers: Container[]): Pod => ({
  metadata: { name: 'web', namespace: 'team' },
  spec: { containers: [{ name: 'main', image: 'nginx' }], ephemeralContainers },
})

describe('ephemeral containers of a host pod', () => {
  test('nothing to add', () => {
    const one = { name: 'one', image: 'busybox' }
    expect(hostEphemeralContainers(pod(), pod(), context)).toBeUndefined()
    expect(hostEphemeralContainers(pod(one), pod(one), context)).toBeUndefined()
    expect(hostEphemeralContainers(pod(), pod(one), context)).toBeUndefined()
  })

  test('the new ones see the virtual API server, the others stay as they are', () => {
    const had = { name: 'one', image: 'busybox' }
    const more = {
      name: 'two',
      image: 'busybox',
      env: [{ name: 'K', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    }
    const [first, second] = hostEphemeralContainers(pod(had, more), pod(had), context) ?? []
    expect(first).toEqual(had)
    expect(second?.env).toContainEqual({ name: 'KUBERNETES_SERVICE_HOST', value: '10.0.0.1' })
    expect(second?.env?.at(-1)?.valueFrom?.secretKeyRef?.name).toBe('s-x-team-x-v')
  })
})
