import { SubletError } from '../core/index.ts'
import type { Status } from './objects.ts'

/** An API server's refusal: carries its Status, so that callers can tell 404 from 409. */
export class KubeStatusError extends SubletError {
  readonly status: Status
  constructor(status: Status, context?: string) {
    super(
      'E_KUBE_STATUS',
      (context ? `${context}: ` : '') + (status.message ?? status.reason ?? `HTTP ${status.code}`),
    )
    this.status = status
  }
}

const hasCode =
  (code: number) =>
  (error: unknown): boolean =>
    error instanceof KubeStatusError && error.status.code === code

export const isNotFound: (error: unknown) => boolean = hasCode(404)
/** A write that lost a race, or a name that is taken. */
export const isConflict: (error: unknown) => boolean = hasCode(409)
export const isGone: (error: unknown) => boolean = hasCode(410)

/** A Status as the API server writes it; `reason` is one of metav1.StatusReason. */
export function failure(
  code: number,
  reason: string,
  message: string,
  details?: Record<string, unknown>,
): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details ? { details } : {}),
    code,
  }
}
