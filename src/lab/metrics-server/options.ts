import { parseArgs } from 'node:util'
import { SubletError } from '../../core/index.ts'

/** The flags of metrics-server 0.8 that matter in the lab. The others are accepted and change nothing. */
export interface MetricsServerOptions {
  readonly securePort: number
  readonly bindAddress: string
  /** Which kubelets are asked, unless a Node says otherwise. */
  readonly kubelet: KubeletFlags
  /** Between two readings, in milliseconds. */
  readonly resolutionMs: number
}

export interface KubeletFlags {
  readonly port: number
  /** The port of `status.daemonEndpoints` goes before `port`. */
  readonly useNodeStatusPort: boolean
  readonly addressTypes: readonly string[]
  readonly insecureTls: boolean
  /** PEM file; undefined: the CA of the cluster. */
  readonly caFile: string | undefined
  readonly timeoutMs: number
}

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const
/** A real one refuses less than 10 s; the lab is for looking at things soon. */
const SHORTEST_RESOLUTION_MS = 1000

/** Reads the container's arguments. Throws E_USAGE. */
export function readOptions(argv: readonly string[]): MetricsServerOptions {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: {
      'secure-port': text,
      'bind-address': text,
      'kubelet-port': text,
      'kubelet-use-node-status-port': flag,
      'kubelet-preferred-address-types': text,
      'kubelet-insecure-tls': flag,
      'kubelet-certificate-authority': text,
      'kubelet-request-timeout': text,
      'metric-resolution': text,
    },
  })
  const of = (name: keyof typeof values): string | undefined => {
    const value = values[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const isSet = (name: keyof typeof values): boolean => values[name] === true
  const resolutionMs = duration('metric-resolution', of('metric-resolution') ?? '60s')
  if (resolutionMs < SHORTEST_RESOLUTION_MS) {
    throw new SubletError('E_USAGE', '--metric-resolution should be at least 1s')
  }
  return {
    securePort: port('secure-port', of('secure-port') ?? '10250'),
    bindAddress: of('bind-address') ?? '0.0.0.0',
    resolutionMs,
    kubelet: {
      port: port('kubelet-port', of('kubelet-port') ?? '10250'),
      useNodeStatusPort: isSet('kubelet-use-node-status-port'),
      addressTypes: (
        of('kubelet-preferred-address-types') ??
        'Hostname,InternalDNS,InternalIP,ExternalDNS,ExternalIP'
      ).split(','),
      insecureTls: isSet('kubelet-insecure-tls'),
      caFile: of('kubelet-certificate-authority'),
      timeoutMs: duration('kubelet-request-timeout', of('kubelet-request-timeout') ?? '10s'),
    },
  }
}

function port(flag: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number
  throw new SubletError('E_USAGE', `--${flag} is no port: ${text}`)
}

/** A duration as Go writes it, in milliseconds: `1m30s`. */
function duration(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const whole = parts.map(([part]) => part).join('')
  if (parts.length === 0 || whole !== text) {
    throw new SubletError('E_USAGE', `--${flag} is no duration: ${text}`)
  }
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit as keyof typeof UNITS],
    0,
  )
}
