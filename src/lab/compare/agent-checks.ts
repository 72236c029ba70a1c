import { SubletError } from '../../core/index.ts'

/** The parts of `agent check NAME --json` that the comparison reads. */
export interface CheckOutput {
  readonly aggregator: {
    readonly metrics?: readonly { readonly metric: string; readonly tags: readonly string[] }[]
    readonly service_checks?: readonly { readonly check: string; readonly status: number }[]
  }
  readonly runner: {
    readonly MetricSamples: number
    readonly LastError: string
    readonly LastWarnings: readonly string[] | null
  }
  readonly inventories: {
    readonly containers?: readonly CheckedContainer[]
    readonly requests?: readonly {
      readonly url: string
      readonly status: number
      readonly bytes: number
    }[]
  }
}

/** One container that the container check met. */
export interface CheckedContainer {
  readonly id: string
  readonly name: string
  readonly pod: { readonly namespace: string; readonly name: string } | null
  readonly stats: boolean
  readonly nilStats: boolean
}

/** Reads the JSON that `agent check NAME --json` prints: an array with one entry per instance. */
export function parseCheckOutput(check: string, stdout: string): CheckOutput {
  try {
    const [first] = JSON.parse(stdout) as CheckOutput[]
    if (first !== undefined) return first
  } catch (error) {
    throw new SubletError(
      'E_RUNTIME',
      `agent check ${check} --json printed no JSON: ${stdout.slice(0, 300)}`,
      {
        cause: error,
      },
    )
  }
  throw new SubletError('E_RUNTIME', `agent check ${check} --json printed no instance`)
}
