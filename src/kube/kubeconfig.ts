import { SubletError } from '../core/index.ts'
import type { Credential } from './client.ts'

export interface ClusterEntry {
  server: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  [field: string]: unknown
}

export interface UserEntry {
  token?: string
  tokenFile?: string
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  [field: string]: unknown
}

export interface ContextEntry {
  cluster: string
  user: string
  namespace?: string
  [field: string]: unknown
}

/** A kubeconfig file, version v1. Holds credentials in the clear: files of it get mode 0600. */
export interface Kubeconfig {
  apiVersion: 'v1'
  kind: 'Config'
  'current-context': string
  clusters: { name: string; cluster: ClusterEntry }[]
  users: { name: string; user: UserEntry }[]
  contexts: { name: string; context: ContextEntry }[]
}

/** A kubeconfig with one context; cluster, user and context have the same name. */
export function kubeconfigOf(options: {
  readonly name: string
  readonly server: string
  readonly caPem?: string | undefined
  readonly credential: Credential
  readonly namespace?: string | undefined
  readonly insecureSkipTlsVerify?: boolean
}): Kubeconfig {
  const { name, server, caPem, namespace } = options
  const cluster: ClusterEntry = { server }
  if (caPem !== undefined) cluster['certificate-authority-data'] = base64(caPem)
  if (options.insecureSkipTlsVerify) cluster['insecure-skip-tls-verify'] = true
  const context: ContextEntry = { cluster: name, user: name }
  if (namespace !== undefined) context.namespace = namespace
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    contexts: [{ name, context }],
    'current-context': name,
    users: [{ name, user: userOf(options.credential) }],
  }
}

function userOf(credential: Credential): UserEntry {
  switch (credential.kind) {
    case 'none':
      return {}
    case 'token':
      return { token: credential.token.reveal() }
    case 'token-file':
      return { tokenFile: credential.path }
    case 'certificate':
      return {
        'client-certificate-data': base64(credential.cert),
        'client-key-data': base64(credential.key),
      }
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** One kubeconfig of several. Of two entries with one name the earlier counts, as with several files in KUBECONFIG. */
export function mergeKubeconfigs(first: Kubeconfig, ...more: readonly Kubeconfig[]): Kubeconfig {
  const all = [first, ...more]
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: unique(all.flatMap(({ clusters }) => clusters)),
    contexts: unique(all.flatMap(({ contexts }) => contexts)),
    'current-context': all.map((one) => one['current-context']).find((name) => name !== '') ?? '',
    users: unique(all.flatMap(({ users }) => users)),
  }
}

function unique<T extends { name: string }>(entries: readonly T[]): T[] {
  const names = new Set<string>()
  return entries.filter(({ name }) => !names.has(name) && names.add(name))
}

/** The YAML text of a kubeconfig. */
export async function formatKubeconfig(config: Kubeconfig): Promise<string> {
  const { stringify } = await import('yaml')
  return stringify(config, { lineWidth: 0 })
}

const MAX_LENGTH = 4 * 1024 * 1024

/** Reads YAML or JSON. `where` names it in errors. Throws E_CONFIG when it is no kubeconfig; never quotes its content. */
export async function parseKubeconfig(text: string, where: string): Promise<Kubeconfig> {
  if (text.length > MAX_LENGTH) throw fault(`${where} is too long for a kubeconfig`)
  const { parse } = await import('yaml')
  let value: unknown
  try {
    value = parse(text)
  } catch {
    // The parser's message quotes the line, which may hold a key.
    throw fault(`${where} is not YAML`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault(`${where} is not a kubeconfig`)
  }
  const config = value as Record<string, unknown>
  if (config['kind'] !== undefined && config['kind'] !== 'Config') {
    throw fault(`${where} is not a kubeconfig: its kind is not Config`)
  }
  const current = config['current-context']
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: entriesOf(config, 'clusters', 'cluster', where) as Kubeconfig['clusters'],
    contexts: entriesOf(config, 'contexts', 'context', where) as Kubeconfig['contexts'],
    'current-context': typeof current === 'string' ? current : '',
    users: entriesOf(config, 'users', 'user', where) as Kubeconfig['users'],
  }
}

function entriesOf(
  config: Record<string, unknown>,
  list: string,
  key: string,
  where: string,
): { name: string }[] {
  const entries = config[list] ?? []
  if (!Array.isArray(entries)) throw fault(`${where}: ${list} is not a list`)
  return entries.map((entry: unknown, at) => {
    const { name, [key]: value } = (entry ?? {}) as Record<string, unknown>
    if (typeof name !== 'string' || typeof (value ?? {}) !== 'object') {
      throw fault(`${where}: ${list}[${at}] needs a name and a ${key}`)
    }
    return { name, [key]: value ?? {} }
  })
}

function fault(message: string): SubletError {
  return new SubletError('E_CONFIG', message, { hint: 'Check the file, or choose another one.' })
}
