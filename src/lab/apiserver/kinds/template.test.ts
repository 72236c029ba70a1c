import { expect, test } from 'vitest'
import { workloadFaults } from './template.ts'

const workload = (kind: string, claims: object[]): Parameters<typeof workloadFaults>[0] => ({
  kind,
  metadata: { name: 'db' },
  spec: {
    selector: { matchLabels: { app: 'db' } },
    volumeClaimTemplates: claims,
    template: {
      metadata: { labels: { app: 'db' } },
      spec: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        containers: [
          { name: 'db', image: 'nginx', volumeMounts: [{ name: 'data', mountPath: '/data' }] },
        ],
      },
    },
  },
})

test('a StatefulSet’s containers may mount its claims, and nothing that is not there', () => {
  const set = workload('StatefulSet', [{ metadata: { name: 'data' } }])
  expect(workloadFaults(set, undefined)).toEqual([])
  expect(workloadFaults(workload('StatefulSet', []), undefined)).toMatchObject([
    { field: 'spec.template.spec.containers[0].volumeMounts[0].name' },
  ])
})

test('a pod sees the processes of its node or shares its own, not both', () => {
  const both = workload('StatefulSet', [{ metadata: { name: 'data' } }])
  const { template } = both['spec'] as { template: { spec: Record<string, unknown> } }
  Object.assign(template.spec, { hostPID: true, shareProcessNamespace: true })
  expect(workloadFaults(both, undefined)).toEqual([
    {
      reason: 'FieldValueInvalid',
      field: 'spec.template.spec.securityContext.shareProcessNamespace',
      message: 'Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
    },
  ])
  template.spec['hostPID'] = false
  expect(workloadFaults(both, undefined)).toEqual([])
})
