import { readSinksConfig } from '../config/read-sinks.ts'
import { messageOf } from '../go-errors.ts'
import { pass, trouble, type Diagnosis, type Suite } from './diagnosis.ts'

const CORRECT = 'Correct the named key; `agent configcheck -v` shows what is set, and where.'

/** What the environment, `datadog.yaml` and `conf.d` say, read as an agent started now would. */
export const CONFIG_SUITE: Suite = {
  name: 'agent-configuration',
  about: 'the environment, datadog.yaml, conf.d',
  diagnose: ({ loaded }) => {
    const found: Diagnosis[] = loaded.faults.map((fault) =>
      trouble('FAIL', 'Settings', `${fault}: an agent started now ends at once`, {
        remediation: CORRECT,
      }),
    )
    try {
      readSinksConfig(loaded)
    } catch (error) {
      const text = `${messageOf(error)}: an agent started now ends at once`
      found.push(trouble('FAIL', 'Sinks', text, { remediation: CORRECT }))
    }
    if (found.length === 0) found.push(pass('Settings', 'All values can be used'))
    for (const warning of loaded.warnings) {
      found.push(trouble('WARNING', 'Settings', warning, { remediation: CORRECT }))
    }
    for (const { check, fault } of loaded.checkFaults) {
      const text = `The check ${check} does not run: ${fault}`
      found.push(trouble('FAIL', `Check ${check}`, text, { remediation: CORRECT }))
    }
    for (const { id, source } of loaded.checks) {
      found.push(pass(`Check ${id}`, `Configured by ${source}`))
    }
    return Promise.resolve(found)
  },
}
