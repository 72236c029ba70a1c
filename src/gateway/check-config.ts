import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describeError, SubletError, systemCode } from '../core/index.ts'
import { parseJwks } from '../kube/index.ts'
import { ConfigFaults, lineOf } from './config-faults.ts'
import { filesOf, type NamedFile } from './config-files.ts'
import { loadGatewayConfig, type GatewayConfig } from './config.ts'
import { loadTls } from './load-tls.ts'

export interface ConfigFault {
  /** Of the configuration file; undefined: it is about a file that the configuration names. */
  readonly line: number | undefined
  readonly message: string
}

/** What `sublet gateway check-config --json` prints. */
export interface ConfigCheck {
  readonly file: string
  readonly ok: boolean
  readonly tenants: number
  readonly faults: readonly ConfigFault[]
}

/**
 * Finds every fault of a configuration file, and unless told otherwise of the files that it names.
 * Throws E_CONFIG only when the file itself cannot be read.
 */
export function checkConfig(file: string, options: { files?: boolean } = {}): ConfigCheck {
  let config: GatewayConfig
  try {
    config = loadGatewayConfig(file)
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error
    const faults = error.faults.map((message) => ({ line: lineOf(message) || undefined, message }))
    return { file, ok: false, tenants: 0, faults }
  }
  const messages = options.files === false ? [] : faultsOfFiles(config)
  const faults = messages.map((message) => ({ line: undefined, message }))
  return { file, ok: faults.length === 0, tenants: config.tenants.length, faults }
}

function faultsOfFiles(config: GatewayConfig): string[] {
  const faults: string[] = []
  const attempt = (key: string, check: () => void): void => {
    try {
      check()
    } catch (error) {
      faults.push(`${key}: ${describeError(error)}`)
    }
  }
  attempt('tls', () => loadTls(config))
  attempt('kubelet.tokenFile', () => {
    if (read(config.kubelet.tokenFile).trim() === '') throw empty(config.kubelet.tokenFile)
  })
  for (const named of filesOf(config)) {
    if (!named.key.startsWith('tls.')) attempt(named.key, () => checkNamed(named))
  }
  for (const [i, { keys }] of config.tenants.entries()) {
    if (keys.kind === 'file') {
      attempt(`tenants[${i}].keys.jwksFile`, () => checkJwks(keys.path))
    }
  }
  return faults
}

function checkNamed({ key, path }: NamedFile): void {
  const text = read(path)
  if (key.endsWith('kubeconfig')) {
    if (text.trim() === '') throw empty(path)
    return
  }
  try {
    new X509Certificate(text)
  } catch {
    throw new SubletError('E_CONFIG', `${path} has no PEM certificate`)
  }
}

function checkJwks(path: string): void {
  const text = read(path)
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw new SubletError('E_CONFIG', `${path} is not JSON`)
  }
  if (parseJwks(document).length === 0) {
    throw new SubletError('E_CONFIG', `${path} has no key that can be used`)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new SubletError('E_CONFIG', `${path} cannot be read (${systemCode(error) ?? 'why?'})`)
  }
}

const empty = (path: string): SubletError => new SubletError('E_CONFIG', `${path} is empty`)
