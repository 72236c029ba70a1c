import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../kube/index.ts'
import type { Fields } from '../fields.ts'
import { EPHEMERAL_CONTAINERS } from './ephemeral-containers.ts'
import { POD } from './pod.ts'

const pod = (ephemeralContainers?: Fields[], more: Fields = {}): KubeObject => ({
  metadata: { name: 'web', namespace: 'a', resourceVersion: '7', labels: { app: 'web' } },
  spec: {
    containers: [{ name: 'main', image: 'nginx' }],
    ...(ephemeralContainers ? { ephemeralContainers } : {}),
    ...more,
  },
})
const debugger_ = { name: 'debugger', image: 'busybox', stdin: true, tty: true }

const faults = (next: KubeObject, old: KubeObject): string[] =>
  EPHEMERAL_CONTAINERS.validate(next, old).map(({ field, message }) => `${field}: ${message}`)

describe('pods/ephemeralcontainers', () => {
  test('takes them from the request and all else from the pod', () => {
    const next = pod([debugger_], { hostNetwork: true })
    next.metadata.labels = { app: 'other' }
    EPHEMERAL_CONTAINERS.keepRest(next, pod())
    expect(next).toEqual(pod([debugger_]))
  })

  test('takes one more', () => {
    expect(faults(pod([debugger_, { ...debugger_, name: 'two' }]), pod([debugger_]))).toEqual([])
  })

  test('keeps those that are there', () => {
    expect(faults(pod(), pod([debugger_]))).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers may not be removed',
    ])
    expect(faults(pod([{ ...debugger_, name: 'two' }]), pod([debugger_]))).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debugger" may not be removed\n',
    ])
    expect(faults(pod([{ ...debugger_, image: 'other' }]), pod([debugger_]))).toEqual([
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debugger" may not be changed\n',
    ])
  })

  test('asks for names of their own, and for no more than a look', () => {
    const odd = {
      ...debugger_,
      name: 'main',
      targetContainerName: 'none',
      ports: [{ containerPort: 80 }],
      resources: { limits: { cpu: '1' } },
    }
    expect(faults(pod([odd]), pod())).toEqual([
      'spec.ephemeralContainers[0].name: Duplicate value: "main"',
      'spec.ephemeralContainers[0].targetContainerName: Not found: "none"',
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container',
    ])
  })

  test('static pods have none', () => {
    const old = pod()
    old.metadata.annotations = { 'kubernetes.io/config.mirror': 'x' }
    expect(faults(pod([debugger_]), old)).toEqual([
      ': Forbidden: static pods do not support ephemeral containers',
    ])
  })

  test('a new pod has none', () => {
    expect(
      POD.validate(pod([debugger_], { restartPolicy: 'Always' })).map(({ message }) => message),
    ).toEqual(['Forbidden: cannot be set on create'])
  })
})
