import { readFileSync } from 'node:fs'
import type { AgentConfig } from '../config.ts'
import { describe, messageOf } from '../go-errors.ts'
import { createHttpGetter, type GetterOptions, type HttpGetter } from '../http-get.ts'
import { NO_TOKEN, tokenSource, type TokenSource } from './token-source.ts'

/**
 * The token for the kubelet: from the configured file, else the ServiceAccount's, else none. A client certificate goes
 * along with it. Throws in the Agent's words when the file cannot be read.
 */
export function kubeletToken(config: AgentConfig, now: () => number): TokenSource {
  const path = config.kubelet.tokenPath
  if (path === undefined) return NO_TOKEN
  try {
    return tokenSource(config.real(path), now)
  } catch (cause) {
    const why = describe(cause, path)
    const text = `kubelet token defined (${path}) but unable to read, err: ${why}`
    throw new Error(text, { cause })
  }
}

/** TLS to the kubelet; `fault` says why there can be none: an unreadable CA or client pair. */
export type KubeletTls =
  | { readonly http: HttpGetter; readonly fault?: never }
  | { readonly http?: never; readonly fault: string }

/** Certificates are read here once, as the Agent does; only tokens are followed. */
export function kubeletTls(config: AgentConfig): KubeletTls {
  try {
    return { http: createHttpGetter(tlsOptions(config)) }
  } catch (error) {
    return { fault: messageOf(error) }
  }
}

function tlsOptions(config: AgentConfig): GetterOptions {
  const { caPath, clientCertPath, clientKeyPath, tlsVerify } = config.kubelet
  const both = clientCertPath !== undefined && clientKeyPath !== undefined
  return {
    verify: tlsVerify,
    ca: caPath === undefined ? undefined : readPem(config, caPath, !tlsVerify),
    ...(both
      ? { cert: readPem(config, clientCertPath, false), key: readPem(config, clientKeyPath, false) }
      : {}),
  }
}

function readPem(config: AgentConfig, path: string, optional: boolean): string | undefined {
  try {
    return readFileSync(config.real(path), 'utf8')
  } catch (error) {
    if (optional) return undefined
    throw new Error(describe(error, path), { cause: error })
  }
}
