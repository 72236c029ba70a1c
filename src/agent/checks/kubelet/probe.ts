import { containerOfSample } from './sample-owner.ts'
import { metricName, scrape, type Provider } from './provider.ts'

const KINDS: Readonly<Record<string, string>> = {
  Liveness: 'liveness_probe',
  Readiness: 'readiness_probe',
  Startup: 'startup_probe',
}
const RESULTS: Readonly<Record<string, string>> = {
  successful: 'success',
  failed: 'failure',
  unknown: 'unknown',
}

/** `/metrics/probes`: how often the kubelet's probes of containers succeeded. A 404 is nothing. */
export const probe: Provider = {
  name: 'probe',
  async run(run) {
    const families = await scrape(
      run,
      run.instance.probesMetricsEndpoint === '' ? '' : '/metrics/probes',
      {
        wanted: (family) => family === 'prober_probe_total',
        notFound: () => undefined,
      },
    )
    for (const sample of families.get('prober_probe_total')?.samples ?? []) {
      const kind = KINDS[sample.labels['probe_type'] ?? '']
      const result = RESULTS[sample.labels['result'] ?? '']
      const container = containerOfSample(run.workload, sample)
      if (!kind || !result || !container || run.filter.excludesStored(container)) continue
      const tags = run.tagger.container(container, 'high')
      if (tags.length === 0) continue
      run.sender.metric('gauge', metricName(`${kind}.${result}.total`), sample.value, tags)
    }
  },
}
