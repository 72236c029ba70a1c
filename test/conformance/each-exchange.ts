import { beforeAll, test } from 'vitest'
import type { AskOptions } from './ask.ts'
import { answersOf } from './answers.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential, exchange, type Exchange } from './exchange.ts'
import type { Target } from './target.ts'

/**
 * A case per exchange, in their order, as the administrator in a new namespace: each target must give the recorded
 * answer. Later ones may build on what earlier ones wrote.
 */
export function onEachExchange(
  area: string,
  exchanges: readonly Exchange[],
  prepare: (target: Target, namespace: string) => Promise<unknown> = () => Promise.resolve(),
): void {
  const answers = answersOf(area)
  onEachTarget((target) => {
    let namespace: string
    let admin: Partial<AskOptions>
    beforeAll(async () => {
      namespace = await target().namespace()
      admin = await adminCredential(target())
      await prepare(target(), namespace)
    })
    test.each(exchanges.map((each) => [each.title, each] as const))('%s', async (title, each) => {
      answers.check(target(), title, await exchange(target(), namespace, each, admin))
    })
  })
}
