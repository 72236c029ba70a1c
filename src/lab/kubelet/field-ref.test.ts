import { expect, test } from 'vitest'
import type { Pod } from '../../kube/index.ts'
import { fieldValue } from './field-ref.ts'

const pod: Pod = {
  metadata: {
    name: 'web',
    namespace: 'team',
    uid: 'u',
    labels: { b: '2', a: 'with "quotes"' },
    annotations: { 'vcluster.loft.sh/token-x': 't' },
  },
  spec: { nodeName: 'n', serviceAccountName: 'sa', containers: [] },
}
const addresses = { hostIp: '127.1.0.1', podIp: '127.1.1.9' }

test.each([
  ['metadata.name', 'web'],
  ['metadata.namespace', 'team'],
  ['metadata.uid', 'u'],
  ["metadata.labels['b']", '2'],
  ["metadata.labels['absent']", ''],
  ["metadata.annotations['vcluster.loft.sh/token-x']", 't'],
  ['metadata.labels', 'a="with \\"quotes\\""\nb="2"'],
  ['spec.nodeName', 'n'],
  ['spec.serviceAccountName', 'sa'],
  ['status.hostIP', '127.1.0.1'],
  ['status.podIP', '127.1.1.9'],
])('%s is %s', (path, expected) => {
  expect(fieldValue(pod, path, addresses)).toBe(expected)
})

test('a field that the kubelet does not know is no field', () => {
  expect(fieldValue(pod, 'spec.containers', addresses)).toBeUndefined()
})
