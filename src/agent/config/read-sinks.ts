import { SubletError } from '../../core/errors.ts'
import { loadSinksConfig, type SinksConfig } from '../sinks/index.ts'
import type { LoadedConfig } from './read-config.ts'

/** The sinks' part; its faults name a key as it stands in `datadog.yaml` where it was set there. Throws E_CONFIG. */
export function readSinksConfig({ layers, config }: LoadedConfig): SinksConfig {
  try {
    return loadSinksConfig(layers.env, config)
  } catch (error) {
    if (!(error instanceof SubletError)) throw error
    const { code, hint } = error
    throw new SubletError(code, layers.named(error.message), { hint, cause: error.cause })
  }
}
