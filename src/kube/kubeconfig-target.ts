import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { SubletError, containerPath, secret } from '../core/index.ts'
import type { Credential, KubeClientOptions } from './client.ts'
import {
  parseKubeconfig,
  type ClusterEntry,
  type ContextEntry,
  type Kubeconfig,
  type UserEntry,
} from './kubeconfig.ts'

/** An API server, how to talk to it, and where. */
export interface KubeTarget {
  readonly context: string
  /** The context's namespace; `default` when it names none. */
  readonly namespace: string
  readonly options: KubeClientOptions
}

/** The context of a kubeconfig file (its current one if none is named). File references are relative to the file. */
export async function loadKubeconfig(path: string, context?: string): Promise<KubeTarget> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new SubletError('E_CONFIG', `the kubeconfig ${path} cannot be read`, {
      cause,
      hint: HINT,
    })
  }
  const config = await parseKubeconfig(text, path)
  return targetOf(config, { context, directory: dirname(path) })
}

const HINT = 'Check the file and the name of the context (kubectl config get-contexts).'
/** What changes who one is, or how the server is reached: leaving it out silently would be wrong. */
const UNSUPPORTED_USER = ['exec', 'auth-provider', 'username', 'as', 'as-groups', 'as-uid'] as const
const UNSUPPORTED_CLUSTER = ['proxy-url', 'tls-server-name'] as const

/** The options that a context stands for. Throws E_CONFIG that names all that is missing or not supported. */
export async function targetOf(
  config: Kubeconfig,
  choice: { context?: string | undefined; directory?: string } = {},
): Promise<KubeTarget> {
  const name = choice.context ?? config['current-context']
  const { context, cluster, user } = entriesOf(config, name)
  const files = createFiles(choice.directory ?? process.cwd())
  const ca = await files.text(cluster, 'certificate-authority')
  return {
    context: name,
    namespace: context.namespace ?? 'default',
    options: {
      server: cluster.server,
      credential: await credentialOf(user, files),
      ...(ca === undefined ? {} : { ca }),
      ...(cluster['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
    },
  }
}

/** What a context is made of, checked. */
function entriesOf(
  config: Kubeconfig,
  name: string,
): { context: ContextEntry; cluster: ClusterEntry; user: UserEntry } {
  const context = config.contexts.find((entry) => entry.name === name)?.context
  if (context === undefined) {
    const known = config.contexts.map((entry) => entry.name).join(', ') || 'none'
    throw fault(`there is no context "${name}" (there are: ${known})`)
  }
  const cluster = config.clusters.find((entry) => entry.name === context.cluster)?.cluster
  const user = config.users.find((entry) => entry.name === context.user)?.user
  const faults = [
    ...(cluster ? checkCluster(cluster) : [`there is no cluster "${context.cluster}"`]),
    ...(user ? checkUser(user) : [`there is no user "${context.user}"`]),
  ]
  if (cluster === undefined || user === undefined || faults.length > 0) {
    throw fault(`context "${name}": ${faults.join('; ')}`)
  }
  return { context, cluster, user }
}

function checkCluster(cluster: ClusterEntry): string[] {
  const faults = UNSUPPORTED_CLUSTER.filter((key) => cluster[key] !== undefined).map(
    (key) => `${key} is not supported`,
  )
  return typeof (cluster.server as unknown) === 'string' ? faults : [...faults, 'server is missing']
}

function checkUser(user: UserEntry): string[] {
  const faults = UNSUPPORTED_USER.filter((key) => user[key] !== undefined).map((key) =>
    key === 'exec'
      ? 'exec plugins are not supported (use a token, a token file or a client certificate)'
      : `${key} is not supported`,
  )
  const has = (key: string): boolean => Boolean(user[key] ?? user[`${key}-data`])
  if (has('client-certificate') !== has('client-key')) {
    faults.push('client-certificate and client-key belong together')
  }
  return faults
}

/** A certificate before a token (an API server looks at it first), a token file before a token (client-go's order). */
async function credentialOf(user: UserEntry, files: Files): Promise<Credential> {
  const cert = await files.text(user, 'client-certificate')
  const key = await files.text(user, 'client-key')
  if (cert !== undefined && key !== undefined) return { kind: 'certificate', cert, key }
  if (user.tokenFile) return { kind: 'token-file', path: files.path(user.tokenFile) }
  if (user.token) return { kind: 'token', token: secret(user.token) }
  return { kind: 'none' }
}

interface Files {
  path(file: string): string
  /** `key-data` (base64) or the file that `key` names. */
  text(entry: Readonly<Record<string, unknown>>, key: string): Promise<string | undefined>
}

function createFiles(directory: string): Files {
  const path = (file: string): string => resolve(directory, file)
  return {
    path,
    async text(entry, key) {
      const data = entry[`${key}-data`]
      if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString()
      const file = entry[key]
      if (typeof file !== 'string' || file === '') return undefined
      try {
        return await readFile(path(file), 'utf8')
      } catch (cause) {
        throw new SubletError('E_CONFIG', `${key} ${path(file)} cannot be read`, {
          cause,
          hint: HINT,
        })
      }
    },
  }
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The pod's own API server and ServiceAccount. Throws E_CONFIG outside of a pod. */
export async function inClusterOptions(
  options: { env?: NodeJS.ProcessEnv } = {},
): Promise<KubeTarget> {
  const env = options.env ?? process.env
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (!host || !port) {
    throw fault('this is no pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set')
  }
  const directory = containerPath(SERVICE_ACCOUNT, env)
  let ca: string
  try {
    ca = await readFile(`${directory}/ca.crt`, 'utf8')
  } catch (cause) {
    throw new SubletError('E_CONFIG', `${directory}/ca.crt cannot be read`, { cause, hint: HINT })
  }
  const namespace = await readFile(`${directory}/namespace`, 'utf8').catch(() => 'default')
  return {
    context: 'in-cluster',
    namespace: namespace.trim(),
    options: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      ca,
      credential: { kind: 'token-file', path: `${directory}/token` },
    },
  }
}

function fault(message: string): SubletError {
  return new SubletError('E_CONFIG', message, { hint: HINT })
}
