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
