import type { RemedyId } from '../../remedies/index.ts'

/** What was measured of one remedy: an entry of `lab compare --json`. The shape is a contract (docs/compare.md). */
export interface RemedyResult {
  readonly id: RemedyId
  readonly kubeletCheck: {
    readonly status: 'ok' | 'warning' | 'error'
    /** The answer to GET /stats/summary; null when no answer came. */
    readonly httpStatus: number | null
    readonly warning: string | null
  }
  /** Sender calls of one run of the kubelet check. */
  readonly metricSamples: number
  /** `worst`: 0 ok, 1 warning, 2 critical, 3 unknown. */
  readonly serviceChecks: { readonly count: number; readonly worst: number }
  readonly containers: {
    readonly own: number
    readonly ownWithStats: number
    readonly foreignVisible: number
    readonly nilStats: number
  }
  /** Under which names the tenant's own pods are reported. */
  readonly names: 'virtual' | 'host'
  /** Can the agent still use its own API server? */
  readonly virtualApi: 'ok' | 'broken'
  readonly hostCredentialInTenant: boolean
  /** What the credential in the tenant could do at the kubelet endpoint when it was tried. */
  readonly reach: readonly string[]
  /** Bytes about pods of others in what the agent's requests bring into the tenant. */
  readonly foreignBytes: number
}
