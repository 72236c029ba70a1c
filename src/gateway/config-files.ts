import type { GatewayConfig } from './config.ts'

/** The keys whose files are read when a configuration is taken, and so are worth a reload when they change. */
const READ_ONCE = new Set(['caFile', 'clientCaFile', 'kubeconfig', 'certFile', 'keyFile'])

/** A file that a configuration names. */
export interface NamedFile {
  /** `tenants[0].api.caFile` */
  readonly key: string
  readonly path: string
}

/**
 * Every file that is read once, wherever in the configuration it is named. Token and key files are not among them: those
 * are looked at again by themselves.
 */
export function filesOf(config: GatewayConfig): readonly NamedFile[] {
  const found: NamedFile[] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, member] of Object.entries(value as Record<string, unknown>)) {
      const at = Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`
      const isFile = READ_ONCE.has(name) || (name === 'path' && path.endsWith('.ca'))
      if (isFile && typeof member === 'string') found.push({ key: at, path: member })
      else walk(member, at)
    }
  }
  walk(config, '')
  return found
}
