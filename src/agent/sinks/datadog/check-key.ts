import { describeError } from '../../../core/errors.ts'
import type { AgentLog } from '../../log.ts'
import { KEY_CHECK_INTERVAL_MS, KEY_CHECK_TIMEOUT_MS } from '../limits.ts'
import type { IntakeClient } from './intake-client.ts'

/** `unknown` also when the intake cannot be reached: the key is then assumed to be valid. */
export type KeyState = 'valid' | 'invalid' | 'unknown'

export interface KeyCheck extends AsyncDisposable {
  readonly state: KeyState
}

/** Asks the intake about the key, at once and every hour. It only informs: sending goes on whatever comes out. */
export function startKeyCheck(options: {
  readonly client: IntakeClient
  readonly url: string
  readonly log: AgentLog
}): KeyCheck {
  const { client, url, log } = options
  const stop = new AbortController()
  let state: KeyState = 'unknown'
  const ask = async (): Promise<void> => {
    try {
      const { status } = await client.get(url, KEY_CHECK_TIMEOUT_MS, stop.signal)
      state = status === 200 ? 'valid' : status === 403 ? 'invalid' : 'unknown'
      if (state === 'invalid') {
        log.error('agent/sinks/datadog', `The API key is not valid, says ${url}`)
      }
    } catch (error) {
      state = 'unknown'
      if (stop.signal.aborted) return
      log.debug('agent/sinks/datadog', `The API key was not checked: ${describeError(error)}`)
    }
  }
  let asking = ask()
  const timer = setInterval(() => {
    asking = ask()
  }, KEY_CHECK_INTERVAL_MS).unref()
  return {
    get state() {
      return state
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stop.abort()
      await asking
    },
  }
}
