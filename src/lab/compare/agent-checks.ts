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
    /** Of an agent that knows the host's vclusters: what of the run was about each. */
    readonly vclusters?: Readonly<Record<string, { readonly metricSamples: number }>>
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
  readonly pod: {
    readonly namespace: string
    readonly name: string
    readonly vcluster?: string
  } | null
  readonly stats: boolean
  readonly nilStats: boolean
}

const NO_CHECK = 'no valid check found'

/** What an agent without that check has to say. */
const withoutCheck = (): CheckOutput => ({
  aggregator: {},
  runner: { MetricSamples: 0, LastError: NO_CHECK, LastWarnings: null },
  inventories: {},
})

/** Reads what `agent check NAME --json` prints: an array with one entry per instance, or that there is no such check. */
export function parseCheckOutput(
  check: string,
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
): CheckOutput {
  if (stdout === '' && stderr.includes(`Error: ${NO_CHECK}`)) return withoutCheck()
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
