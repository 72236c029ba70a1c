import { stateOfRecord } from '../check-record.ts'
import { pass, trouble, type Diagnosis, type Suite } from './diagnosis.ts'

/** What the checks of the running agent met in their last runs, and what its sinks could not hand on. */
export const CHECKS_SUITE: Suite = {
  name: 'check-datadog',
  about: 'the last run of each check, and the sinks, of the agent that runs here',
  diagnose: ({ status, loaded }) => {
    if (!status) {
      const text = `No agent answers in ${loaded.config.runPath}`
      const remediation = 'Start it with `agent run`; the other suites do not need one.'
      return Promise.resolve([trouble('WARNING', 'Running agent', text, { remediation })])
    }
    const found: Diagnosis[] = status.checks.map((record) => {
      const name = record.id
      if (record.totalRuns === 0) return trouble('WARNING', name, 'It has not run yet')
      const state = stateOfRecord(record)
      if (state === 'ERROR') {
        const remediation = 'See the suites of what it asks.'
        return trouble('FAIL', name, 'Its last run failed', {
          remediation,
          rawError: record.lastError,
        })
      }
      if (state === 'WARNING') {
        const text = `Its last run left ${record.lastWarnings.length} warning(s)`
        return trouble('WARNING', name, text, { rawError: record.lastWarnings.join('; ') })
      }
      return pass(name, `Its last run sent ${record.metricSamples} metric samples`)
    })
    for (const { name, why } of status.health ?? []) {
      if (why !== undefined)
        found.push(trouble('FAIL', name, 'It is not healthy', { rawError: why }))
    }
    for (const sink of status.sinks) {
      const lost = sink.failed + sink.dropped
      const text = `${sink.sent} items sent to ${sink.target}, ${sink.queuedItems} waiting, ${lost} lost`
      const isFailing = sink.lastErrorAt > sink.lastSentAt
      const name = `Sink ${sink.name}`
      if (!isFailing && lost === 0) found.push(pass(name, text))
      else
        found.push(
          trouble(isFailing ? 'FAIL' : 'WARNING', name, text, { rawError: sink.lastError }),
        )
    }
    return Promise.resolve(found)
  },
}
