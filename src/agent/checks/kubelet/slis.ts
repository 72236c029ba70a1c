import { labelTags } from './instance.ts'
import { PREFIX, scrape, type Provider } from './provider.ts'

const FAMILIES = {
  kubernetes_healthcheck: 'gauge',
  kubernetes_healthchecks_total: 'count',
} as const

/** `/metrics/slis`: the kubelet's health over time. A 404 switches it off until the agent restarts. */
export const slis: Provider = {
  name: 'slis',
  async run(run) {
    if (run.memory.slisOff) return
    const families = await scrape(
      run,
      run.instance.slisMetricsEndpoint === '' ? '' : '/metrics/slis',
      {
        wanted: (family) => Object.hasOwn(FAMILIES, family),
        notFound: () => (run.memory.slisOff = true),
      },
    )
    for (const [name, call] of Object.entries(FAMILIES)) {
      for (const sample of families.get(name)?.samples ?? []) {
        const tags = labelTags(run.instance, sample.labels)
          .map((tag) => tag.replace(/^name:/, 'sli_name:'))
          .filter((tag) => !tag.startsWith('type'))
        run.sender.metric(call, `${PREFIX}slis.${name}`, sample.value, tags)
      }
    }
  },
}
