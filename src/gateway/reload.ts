import { readFileSync } from 'node:fs'
import { describeError, type Clock, type Logger } from '../core/index.ts'
import { filesOf } from './config-files.ts'
import { loadGatewayConfig, type GatewayConfig } from './config.ts'
import type { Generation } from './generation.ts'
import { loadTls, type TlsMaterial } from './load-tls.ts'
import type { Metrics } from './metrics.ts'

export type Reload = { readonly ok: true } | { readonly ok: false; readonly why: string }

export interface Reloader {
  /** What is served from now on; requests that began before keep what they began with. */
  readonly current: () => Generation
  /** Every file whose change is worth a reload. Tokens and key files are not among them: they are read again by themselves. */
  readonly files: () => readonly string[]
  readonly reload: (why: string) => Promise<Reload>
  close(): Promise<void>
}

export interface ReloaderOptions {
  readonly configFile: string | undefined
  readonly make: (config: GatewayConfig) => Generation
  readonly useTls: (tls: TlsMaterial) => void
  readonly log: Logger
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * Replaces what follows from the configuration, all of it or nothing: whatever is wrong with the new one is logged, and
 * the old one goes on. The certificate is changed only together with its key. No connection is dropped for it.
 */
export function createReloader(
  first: Generation,
  firstTls: TlsMaterial,
  options: ReloaderOptions,
): Reloader {
  const { configFile, log } = options
  let current = first
  let inputs = inputsOf(first.config)
  let last: Promise<unknown> = Promise.resolve()
  const retiring = new Set<Generation>()
  noteTaken(firstTls, options)

  const take = async (why: string): Promise<Reload> => {
    if (configFile === undefined) return { ok: false, why: 'there is no configuration file' }
    let next: Generation | undefined
    try {
      const config = loadGatewayConfig(configFile)
      const tls = loadTls(config)
      const nextInputs = inputsOf(config)
      if (nextInputs !== inputs) next = options.make(config)
      await next?.start()
      options.useTls(tls)
      if (next !== undefined) {
        warnOfFixed(current.config, config, log)
        retire(current)
        current = next
        inputs = nextInputs
      }
      noteTaken(tls, options)
      options.metrics.add('sublet_gateway_config_reloads_total', { result: 'taken' })
      log.info({ why, tenants: config.tenants.length, anew: next !== undefined }, 'reloaded')
      return { ok: true }
    } catch (error) {
      if (next !== undefined && next !== current) retire(next)
      return refuse(describeError(error), options)
    }
  }
  const retire = (old: Generation): void => {
    retiring.add(old)
    void old.retire().finally(() => retiring.delete(old))
  }
  return {
    current: () => current,
    files: () => (configFile === undefined ? [] : watched(configFile, current.config)),
    reload(why) {
      const done = last.then(() => take(why))
      last = done
      return done
    },
    async close() {
      await last
      await Promise.all([current, ...retiring].map((each) => each.retire('now')))
    },
  }
}

function noteTaken(tls: TlsMaterial, options: ReloaderOptions): void {
  const { metrics, clock } = options
  metrics.set('sublet_gateway_tls_not_after_timestamp_seconds', tls.notAfter / 1000)
  metrics.set('sublet_gateway_config_last_reload_successful', 1)
  const now = clock.now() / 1000
  metrics.set('sublet_gateway_config_last_reload_success_timestamp_seconds', now)
}

function refuse(why: string, { log, metrics }: ReloaderOptions): Reload {
  log.error({ why }, 'the new configuration is refused; the old one stays')
  metrics.set('sublet_gateway_config_last_reload_successful', 0)
  metrics.add('sublet_gateway_config_reloads_total', { result: 'refused' })
  return { ok: false, why }
}

/** What only a restart changes. */
function warnOfFixed(old: GatewayConfig, now: GatewayConfig, log: Logger): void {
  const fixed = ({ listen, admin, tls, tenants }: GatewayConfig): string => {
    const own = tenants.flatMap((each) => (each.listen ? [[each.name, each.listen]] : []))
    return JSON.stringify([listen, admin, tls.clientCaFile === undefined, own])
  }
  if (fixed(old) !== fixed(now)) {
    log.warn('listen, admin and whether there is a tls.clientCaFile change with a restart only')
  }
}

/** Equal for two configurations from which the same follows: a renewed certificate alone forgets nothing. */
function inputsOf(config: GatewayConfig): string {
  const files = filesOf(config).filter(({ key }) => !key.startsWith('tls.'))
  return JSON.stringify([config, files.map(({ path }) => contents(path))])
}

const watched = (configFile: string, config: GatewayConfig): readonly string[] => [
  configFile,
  ...filesOf(config).map(({ path }) => path),
]

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
