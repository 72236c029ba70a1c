import { afterAll, beforeAll, describe } from 'vitest'
import { startConformanceGateway, type ConformanceGateway } from './gateway.ts'
import { openTarget, targets, type Target } from './target.ts'
import type { TargetFacts } from './target-facts.ts'

/** Describes the cases once per target; inside a case the functions give the opened target. */
export function onEachTarget(
  cases: (target: () => Target, name: TargetFacts['name']) => void,
): void {
  describe.each(targets())('$name', (facts) => {
    let target: Target | undefined
    beforeAll(async () => {
      target = await openTarget(facts)
    })
    afterAll(async () => target?.[Symbol.asyncDispose]())
    cases(() => opened(target), facts.name)
  })
}

/** The same, with a gateway before the target's kubelet. */
export function behindEachGateway(
  cases: (rig: () => ConformanceGateway, target: () => Target) => void,
): void {
  onEachTarget((target) => {
    let rig: ConformanceGateway | undefined
    beforeAll(async () => {
      rig = await startConformanceGateway(target())
    })
    afterAll(async () => rig?.[Symbol.asyncDispose]())
    cases(() => opened(rig), target)
  })
}

function opened<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it did not open')
  return value
}
