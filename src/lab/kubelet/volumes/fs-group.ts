import { getuid } from 'node:process'
import type { Pod } from '../../../kube/index.ts'
import type { Payload } from './payload.ts'

/**
 * The group that a pod's volumes belong to (`securityContext.fsGroup`). Undefined where there is none, and where this
 * process may not give files away: its containers are one user then.
 */
export function fsGroupOf(pod: Pod): number | undefined {
  const group = pod.spec.securityContext?.['fsGroup']
  return typeof group === 'number' && getuid?.() === 0 ? group : undefined
}

/** Files of API objects are read-only: their group may read them, whatever their mode says (SetVolumeOwnership). */
export function readableByGroup(payload: Payload): Payload {
  return new Map([...payload].map(([path, file]) => [path, { ...file, mode: file.mode | 0o440 }]))
}
