/** What a commit hands to the outputs and sinks: one point per context. */
export interface Series {
  readonly metric: string
  /** `[unix seconds, value]` */
  readonly points: readonly (readonly [number, number])[]
  readonly tags: readonly string[]
  readonly host: string
  readonly type: 'gauge' | 'count'
  readonly interval: 0
  readonly source_type_name: 'System'
}

export interface ServiceCheck {
  readonly check: string
  readonly host_name: string
  /** Unix seconds. */
  readonly timestamp: number
  /** 0 OK, 1 warning, 2 critical, 3 unknown. */
  readonly status: 0 | 1 | 2 | 3
  readonly message: string
  readonly tags: readonly string[]
}
