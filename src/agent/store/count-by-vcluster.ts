import type { Sender } from '../aggregator/sender.ts'
import type { Check } from '../checks/check.ts'

const PREFIX = 'vcluster:'

/**
 * The same check, which also tells in its inventory how many sender calls of the run were about each vcluster:
 * `vclusters: { k8s1: { metricSamples: 120 } }`.
 */
export function countedByVcluster(check: Check): Check {
  return {
    ...check,
    async run(run) {
      const counts = new Map<string, number>()
      const sender: Sender = {
        serviceCheck: (...call) => run.sender.serviceCheck(...call),
        metric(call, name, value, tags) {
          const tag = tags.find((each) => each.startsWith(PREFIX))
          if (tag !== undefined) counts.set(tag, (counts.get(tag) ?? 0) + 1)
          run.sender.metric(call, name, value, tags)
        },
      }
      await check.run({ ...run, sender })
      run.inventory['vclusters'] = Object.fromEntries(
        [...counts].map(([tag, metricSamples]) => [tag.slice(PREFIX.length), { metricSamples }]),
      )
    },
  }
}
