import type { Pod } from '../../kube/index.ts'
import { configKey, podReferences, type ConfigRef } from './pod-references.ts'

/** Which Secrets and ConfigMaps the virtual pods use now. */
export interface ConfigUse {
  /** Notes a pod, or that it is gone; returns what it uses or used, to be looked at again. */
  note(pod: Pod, isGone: boolean): ConfigRef[]
  isUsed(ref: ConfigRef): boolean
}

export function createConfigUse(): ConfigUse {
  /** Uids of the pods, by what they use. */
  const users = new Map<string, Set<string>>()
  return {
    note(pod, isGone) {
      const refs = podReferences(pod)
      const uid = pod.metadata.uid ?? ''
      for (const ref of refs) {
        const id = configKey(ref)
        const pods = users.get(id) ?? new Set()
        if (isGone) pods.delete(uid)
        else pods.add(uid)
        if (pods.size === 0) users.delete(id)
        else users.set(id, pods)
      }
      return refs
    },
    isUsed: (ref) => users.has(configKey(ref)),
  }
}
