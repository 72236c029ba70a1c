import type { IncomingMessage } from 'node:http'
import type { RbacAuthorizer, TokenKey, UserInfo } from '../../kube/index.ts'
import type { Aggregator } from './aggregation/index.ts'
import type { ApiContext } from './context.ts'
import type { PlainFacts } from './plain-paths.ts'
import type { FindNode } from './node-proxy/index.ts'
import type { OpenPodLog } from './pod-logs/index.ts'
import type { OpenPodStream } from './pod-streams/index.ts'
import type { RequestInfo } from './request-info.ts'
import type { TokenAuthenticator } from './service-account-tokens.ts'

/** All that one API server's requests need. */
export interface Server {
  readonly context: ApiContext
  readonly authenticate: (request: IncomingMessage) => Promise<UserInfo | undefined>
  readonly authorizer: RbacAuthorizer
  readonly tokens: TokenAuthenticator
  readonly signer: { readonly key: TokenKey; readonly issuer: string }
  readonly plain: PlainFacts
  /** The logs of containers, which are not here. */
  readonly openLog: OpenPodLog
  /** Nor are the streams of their commands. */
  readonly openStream: OpenPodStream
  /** Where the kubelet of a node can be asked. */
  readonly findNode: FindNode
  /** Groups that other API servers answer for. */
  readonly aggregator: Aggregator
  readonly count: (info: RequestInfo) => void
  /** Fires when the server stops: watches end. */
  readonly signal: AbortSignal
}
