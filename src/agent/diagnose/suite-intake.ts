import { readFileSync } from 'node:fs'
import { readVersion } from '../../core/index.ts'
import { readSinksConfig } from '../config/read-sinks.ts'
import { messageOf } from '../go-errors.ts'
import { askIntake, type DatadogConfig } from '../sinks/index.ts'
import {
  pass,
  skipped,
  trouble,
  type Diagnosis,
  type DiagnoseRun,
  type Suite,
} from './diagnosis.ts'

/** Datadog's intake, and whether it knows the API key. The key is sent to it and shown to nobody. */
export const INTAKE_SUITE: Suite = {
  name: 'connectivity-datadog-core-endpoints',
  about: "Datadog's intake, and the API key",
  async diagnose(run) {
    let datadog: DatadogConfig | undefined
    try {
      datadog = readSinksConfig(run.loaded).datadog
    } catch {
      return [skipped('API key', 'The configuration is faulty; see the suite agent-configuration')]
    }
    if (!datadog) return [skipped('API key', whyNot(run))]
    const key = await diagnoseKey(datadog, run)
    if (datadog.logsUrl === datadog.metricsUrl) return key
    return [...key, await diagnoseReach('Logs intake', datadog, datadog.logsUrl, run)]
  },
}

function whyNot({ env }: DiagnoseRun): string {
  const isLab = (env['SUBLET_CONTAINER_ROOT'] ?? '') !== ''
  return isLab
    ? 'Nothing is sent to Datadog: in a lab only when DD_API_KEY and DD_DD_URL are set'
    : 'Nothing is sent to Datadog: neither DD_API_KEY nor DD_API_KEY_FILE is set, or SUBLET_SINKS leaves it out'
}

const REACH_HINT =
  'Look at DD_SITE and DD_DD_URL, at name resolution and the way out of this pod, and at SUBLET_INTAKE_CA_FILE if the certificate is not trusted.'

/** `GET /api/v1/validate`: 200 and 403 are clear; all else leaves it open, as for the running agent. */
async function diagnoseKey(datadog: DatadogConfig, run: DiagnoseRun): Promise<Diagnosis[]> {
  const url = `${datadog.metricsUrl}/api/v1/validate`
  const origin =
    datadog.keyOrigin.kind === 'env'
      ? 'the API key (DD_API_KEY, or api_key)'
      : 'the API key of DD_API_KEY_FILE'
  try {
    const { status, text } = await ask(datadog, url, run)
    if (status === 200) return [pass('API key', `${datadog.metricsUrl} knows ${origin}`)]
    if (status === 403) {
      const remediation = 'Put a valid key there; keys belong to one site, so look at DD_SITE too.'
      return [
        trouble('FAIL', 'API key', `${datadog.metricsUrl} does not know ${origin}`, {
          remediation,
          rawError: `403 from ${url}: ${text}`,
        }),
      ]
    }
    const warning = `${url} answers ${status}: whether ${origin} is valid is open`
    return [trouble('WARNING', 'API key', warning, { remediation: REACH_HINT, rawError: text })]
  } catch (error) {
    run.signal.throwIfAborted()
    const rawError = messageOf(error)
    return [
      trouble('FAIL', 'API key', `${url} cannot be asked`, { remediation: REACH_HINT, rawError }),
    ]
  }
}

/** Any answer shows that it is there: nothing is sent to it. */
async function diagnoseReach(
  name: string,
  datadog: DatadogConfig,
  url: string,
  run: DiagnoseRun,
): Promise<Diagnosis> {
  try {
    const { status } = await ask(datadog, `${url}/`, run)
    return pass(name, `${url} answers (${status})`)
  } catch (error) {
    run.signal.throwIfAborted()
    const more = { remediation: REACH_HINT, rawError: messageOf(error) }
    return trouble('FAIL', name, `${url} cannot be reached`, more)
  }
}

const ask = (
  datadog: DatadogConfig,
  url: string,
  { signal, now }: DiagnoseRun,
): Promise<{ readonly status: number; readonly text: string }> => {
  const ca = datadog.caFile === undefined ? undefined : readFileSync(datadog.caFile, 'utf8')
  return askIntake(datadog, url, { ca, version: readVersion(), now, signal })
}
