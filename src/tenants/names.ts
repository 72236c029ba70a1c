import { createHash } from 'node:crypto'
import { LABEL_PREFIX, NAMESPACE_LABEL_PREFIX } from './keys.ts'

/**
 * Virtual names → host names. One way only: `a-x-b` in `c` and `a` in `b-x-c` have the same host name, so a host name
 * is never parsed. To check an owner, translate what the annotations say and compare.
 * Source: vcluster `pkg/util/translate` (vectors of its own tests).
 */

const MAX_LENGTH = 63
const CUT = 52

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Joins with `-`; what is longer than 63 characters is cut at 52 and gets ten digits of its SHA-256. */
export function safeConcat(...parts: readonly string[]): string {
  const whole = parts.join('-')
  if (whole.length <= MAX_LENGTH) return whole
  return `${whole.slice(0, CUT)}-${sha256Hex(whole).slice(0, 10)}`.replaceAll('.-', '-')
}

/** The host name of a namespaced object (pod, PVC, Secret, ConfigMap, ServiceAccount) in single-namespace mode. */
export function hostName(name: string, namespace: string, vcluster: string): string {
  return safeConcat(name, 'x', namespace, 'x', vcluster)
}

function translatedKey(prefix: string, key: string, vcluster: string): string {
  return safeConcat(prefix, vcluster, 'x', sha256Hex(key).slice(0, 10))
}

/** The host's key for a reserved label of the virtual pod (≤ 0.20: for every label). */
export function labelKey(key: string, vcluster: string): string {
  return translatedKey(LABEL_PREFIX, key, vcluster)
}

/** The host's key for a label of the virtual pod's namespace. */
export function nsLabelKey(key: string, vcluster: string): string {
  return translatedKey(NAMESPACE_LABEL_PREFIX, key, vcluster)
}

/** The host namespace of a virtual one in multi-namespace mode (≤ 0.25), where object names stay as they are. */
export function multiNamespaceName(
  namespace: string,
  hostNamespace: string,
  vcluster: string,
): string {
  const own = sha256Hex(namespace).slice(0, 8)
  return `vcluster-${own}-${sha256Hex(`${hostNamespace}x${vcluster}`).slice(0, 8)}`
}
