import { hostname } from 'node:os'
import { containerAddress } from '../../../../core/container-address.ts'
import { SubletError, containerPath, secret, type Secret } from '../../../../core/index.ts'

/** What the environment of a Cluster Agent's container says; names and defaults are the real one's. */
export interface Settings {
  /** On which address it listens, and where its own commands find it. */
  readonly address: string
  /** HTTPS, for node agents and for its own commands (`cluster_agent.cmd_port`). */
  readonly commandPort: number
  /** Plain HTTP: metrics, and health (`metrics_port`). */
  readonly metricsPort: number
  /** Plain HTTP for the probes (`health_port`); 0: none. */
  readonly healthPort: number
  readonly leaderElection: boolean
  readonly clusterChecks: boolean
  readonly clusterName: string | null
  /** This pod's name. */
  readonly identity: string
  /** What node agents show; undefined: one is made up that its own commands find. */
  readonly token: Secret | undefined
  /** A folder for that token and the certificate, on this machine. */
  readonly runFolder: string
}

/** Throws E_CONFIG. */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const token = env['DD_CLUSTER_AGENT_AUTH_TOKEN'] ?? ''
  if (token !== '' && token.length < 32) {
    // As the real one: a token that can be guessed is worse than none.
    throw fault('DD_CLUSTER_AGENT_AUTH_TOKEN must have at least 32 characters')
  }
  return {
    address: containerAddress('0.0.0.0', env),
    commandPort: port(env, 'DD_CLUSTER_AGENT_CMD_PORT', 5005),
    metricsPort: port(env, 'DD_METRICS_PORT', 5000),
    healthPort: port(env, 'DD_HEALTH_PORT', 0),
    leaderElection: isTrue(env['DD_LEADER_ELECTION']),
    clusterChecks: isTrue(env['DD_CLUSTER_CHECKS_ENABLED']),
    clusterName: env['DD_CLUSTER_NAME'] ?? null,
    identity: env['DD_POD_NAME'] ?? env['HOSTNAME'] ?? hostname(),
    token: token === '' ? undefined : secret(token),
    runFolder: containerPath('/opt/datadog-agent/run', env),
  }
}

const isTrue = (value: string | undefined): boolean => ['true', '1'].includes(value ?? '')

function port(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const value = env[name] ?? ''
  if (value === '') return otherwise
  if (/^\d{1,5}$/.test(value) && Number(value) < 65_536) return Number(value)
  throw fault(`${name} must be a port, not ${JSON.stringify(value)}`)
}

const fault = (message: string): SubletError =>
  new SubletError('E_CONFIG', message, {
    hint: "Correct it in the environment of the Cluster Agent's container.",
  })
