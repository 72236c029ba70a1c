import { expect, test } from 'vitest'
import type { Container, Pod } from '../../kube/index.ts'
import { forbiddenUser } from './run-as.ts'

const NAME = 'p_team(uid)'
const whyNot = (own: object, ofPod: object = {}, imageIsRoot = true): string | undefined => {
  const container: Container = { name: 'main', image: 'x', securityContext: { ...own } }
  const pod: Pod = {
    metadata: { name: 'p' },
    spec: { containers: [container], securityContext: { ...ofPod } },
  }
  return forbiddenUser(container, pod, NAME, imageIsRoot)
}

// The words of a real kubelet (1.20).
test('an image that runs as root is refused where only others may run', () => {
  const expected =
    'container has runAsNonRoot and image will run as root (pod: "p_team(uid)", container: main)'
  expect(whyNot({ runAsNonRoot: true })).toBe(expected)
  expect(whyNot({}, { runAsNonRoot: true })).toBe(expected)
  expect(whyNot({ runAsNonRoot: true }, {}, false)).toBeUndefined()
})
test('so is user 0', () => {
  expect(whyNot({ runAsNonRoot: true, runAsUser: 0 }, {}, false)).toBe(
    'container\'s runAsUser breaks non-root policy (pod: "p_team(uid)", container: main)',
  )
})
test('everything else may run', () => {
  expect(whyNot({})).toBeUndefined()
  expect(whyNot({ runAsUser: 1000 }, { runAsNonRoot: true })).toBeUndefined()
  expect(whyNot({ runAsNonRoot: false }, { runAsNonRoot: true })).toBeUndefined()
})
