import { expect, test } from 'vitest'
import type { Container, Pod } from '../../kube/index.ts'
import type { ContainerInfo } from '../runtime/types.ts'
import { createRecord, isMain, type ContainerRecord } from './container-record.ts'
import { isInitialized, isOver, phaseOf } from './pod-phase.ts'

/** `-`: not yet; `+`: runs; a number: has ended with it. */
type State = '-' | '+' | number

function make(spec: Partial<Container>, init: boolean, state: State): ContainerRecord {
  const list = init ? 'initContainers' : 'containers'
  const record = createRecord({ name: 'x', image: 'busybox', ...spec }, list)
  if (state !== '-') {
    const phase = state === '+' ? 'running' : 'exited'
    const exitCode = state === '+' ? {} : { exitCode: state }
    record.info = { id: 'x', phase, ...exitCode } as ContainerInfo
  }
  return record
}
const sidecar = (state: State, spec: Partial<Container> = {}): ContainerRecord =>
  make({ restartPolicy: 'Always', ...spec }, true, state)
const init = (state: State): ContainerRecord => make({}, true, state)
const main = (state: State): ContainerRecord => make({}, false, state)

type Policy = NonNullable<Pod['spec']['restartPolicy']>

test.each<[string, Policy, ContainerRecord[], string, boolean]>([
  ['a sidecar starts', 'Never', [sidecar('-'), main('-')], 'Pending', false],
  ['it runs, and the container starts', 'Never', [sidecar('+'), main('-')], 'Pending', false],
  ['both run', 'Never', [sidecar('+'), main('+')], 'Running', false],
  ['the sidecar has ended and comes again', 'Never', [sidecar(1), main('+')], 'Running', false],
  ['the container has succeeded', 'Never', [sidecar('+'), main(0)], 'Running', true],
  ['then the sidecar is ended', 'Never', [sidecar(143), main(0)], 'Succeeded', true],
  ['the container has failed', 'Never', [sidecar(0), main(1)], 'Failed', true],
  ['the container comes again', 'OnFailure', [sidecar('+'), main(1)], 'Running', false],
  ['the container comes again after its end', 'Always', [sidecar('+'), main(0)], 'Running', false],
  ['an init container is at work', 'Never', [sidecar('+'), init('+'), main('-')], 'Pending', false],
  ['an init container has failed', 'Never', [sidecar('+'), init(1), main('-')], 'Pending', true],
  ['then its sidecar is ended', 'Never', [sidecar(0), init(1), main('-')], 'Failed', true],
  ['a failed one comes again', 'OnFailure', [sidecar('+'), init(1), main('-')], 'Pending', false],
])('%s (%s)', (_name, restartPolicy, records, phase, over) => {
  const pod: Pod = { metadata: {}, spec: { restartPolicy, containers: [] } }
  const inits = records.filter((record) => record.init)
  expect(phaseOf(pod, inits, records.filter(isMain))).toBe(phase)
  expect(isOver(pod, records)).toBe(over)
})

test('a sidecar is initialized when its startup probe has succeeded, or a container has run', () => {
  const probed = sidecar('+', { startupProbe: {} })
  expect(isInitialized(probed, [main('-')])).toBe(false)
  probed.probedStarted = true
  expect(isInitialized(probed, [main('-')])).toBe(true)
  expect(isInitialized(sidecar(1), [main('-')])).toBe(false)
  expect(isInitialized(sidecar(1), [main('+')])).toBe(true)
})
