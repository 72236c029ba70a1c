import { KEY_CHECK_TIMEOUT_MS } from '../limits.ts'
import { createApiKey } from './api-key.ts'
import type { IntakeAnswer } from './exchange.ts'
import { createIntakeClient } from './intake-client.ts'
import type { DatadogConfig } from './sink.ts'

/** One GET with the API key, as the sink itself would send it. Throws when there is no answer, E_CONFIG without a key. */
export async function askIntake(
  config: DatadogConfig,
  url: string,
  options: {
    readonly ca: string | undefined
    readonly version: string
    readonly now: () => number
    readonly signal: AbortSignal
  },
): Promise<IntakeAnswer> {
  const { signal, ...rest } = options
  const apiKey = createApiKey(config.keyOrigin, options.now)
  const client = createIntakeClient({ ...rest, apiKey, verify: config.verify })
  try {
    return await client.get(url, KEY_CHECK_TIMEOUT_MS, signal)
  } finally {
    client.close()
  }
}
