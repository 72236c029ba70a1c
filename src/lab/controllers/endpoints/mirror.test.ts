import { expect, test } from 'vitest'
import type { Endpoints, EndpointSlice } from '../../../kube/index.ts'
import { isMirrored, planMirror } from './mirror.ts'

const service = { metadata: { name: 'db', namespace: 'team' }, spec: {} }
const byHand: Endpoints = {
  metadata: { name: 'db', namespace: 'team', uid: 'e', labels: { a: 'b' } },
  subsets: [
    {
      addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
      notReadyAddresses: [{ ip: '192.0.2.2', hostname: 'two' }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    },
  ],
}
const stored = (): EndpointSlice[] =>
  planMirror(byHand, []).create.map((slice, index) => ({
    ...slice,
    metadata: { ...slice.metadata, name: `db-${index}`, uid: `s${index}` },
  }))

test('a slice for each family of addresses, owned by the Endpoints', () => {
  const { create } = planMirror(byHand, [])
  expect(create).toMatchObject([
    {
      metadata: {
        generateName: 'db-',
        labels: {
          a: 'b',
          'kubernetes.io/service-name': 'db',
          'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
        },
        ownerReferences: [{ kind: 'Endpoints', uid: 'e', controller: true }],
      },
      addressType: 'IPv4',
      endpoints: [
        { addresses: ['192.0.2.1'], conditions: { ready: true } },
        { addresses: ['192.0.2.2'], conditions: { ready: false }, hostname: 'two' },
      ],
      ports: [{ name: '', port: 5432, protocol: 'TCP' }],
    },
    { addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }] },
  ])
})
test('what is so already stays, what changed is written, what is gone goes', () => {
  expect(planMirror(byHand, stored())).toEqual({ create: [], update: [], remove: [] })
  const ports = [{ port: 5432, protocol: 'TCP' }]
  const one = { ...byHand, subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports }] }
  const plan = planMirror(one, stored())
  expect(plan.update.map(({ metadata }) => metadata.name)).toEqual(['db-0'])
  expect(plan.remove.map(({ metadata }) => metadata.name)).toEqual(['db-1'])
  expect(planMirror(undefined, stored()).remove).toHaveLength(2)
})
test('only for services that choose no pods, and not when it is told not to', () => {
  const labelled = (labels: Record<string, string>): Endpoints => ({
    ...byHand,
    metadata: { ...byHand.metadata, labels },
  })
  expect(isMirrored(byHand, service)).toBe(true)
  expect(isMirrored(byHand, undefined)).toBe(false)
  expect(isMirrored(byHand, { ...service, spec: { selector: { a: 'b' } } })).toBe(false)
  const skip = labelled({ 'endpointslice.kubernetes.io/skip-mirror': 'true' })
  expect(isMirrored(skip, service)).toBe(false)
})
