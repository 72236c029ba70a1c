/** What is sent to the intake: series, service checks or log lines. */
export type PayloadKind = 'series' | 'check_run' | 'logs'

/** How a body is compressed, as `Content-Encoding` names it. */
export type Encoding = 'deflate' | 'gzip' | 'identity'

/** One body, ready to be sent. It holds no key: that is added when it goes. */
export interface Payload {
  readonly kind: PayloadKind
  readonly encoding: Encoding
  /** Series, service checks or lines in it. */
  readonly items: number
  readonly body: Buffer
}
