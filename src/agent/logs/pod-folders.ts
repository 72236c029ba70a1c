import { readdir } from 'node:fs/promises'
import { messageOf } from '../go-errors.ts'
import type { StoredPod } from '../store/workload.ts'
import type { LogsDeps } from './collector.ts'
import { findRoots, type LogRoots } from './find-files.ts'
import type { FollowedSet } from './followed.ts'
import { PODS_MS } from './limits.ts'
import type { Notes } from './notes.ts'
import { findTargets, folderOf } from './targets.ts'

/** Whose logs there are: the agent's own pods, and the folders of this node. */
export interface PodFolders {
  /** Looks again when it is due, and tells the set which containers to follow. */
  refresh(followed: FollowedSet, signal: AbortSignal): Promise<void>
  /** undefined: the folder is not there, or was not looked for yet. */
  readonly roots: LogRoots | undefined
  /** Folders of pods that are not the agent's. */
  readonly foreign: number
}

export function createPodFolders(deps: LogsDeps, notes: Notes): PodFolders {
  const { config, now } = deps
  let roots: LogRoots | undefined
  let foreign = 0
  let lookedAt = -Infinity

  const ownPods = async (signal: AbortSignal): Promise<readonly StoredPod[]> => {
    try {
      const pods = await deps.pods(signal)
      notes.set('pods', undefined)
      return pods
    } catch (error) {
      signal.throwIfAborted()
      notes.set('pods', `which pods are this agent's is not known: ${messageOf(error)}`)
      return []
    }
  }
  return {
    get roots() {
      return roots
    },
    get foreign() {
      return foreign
    },
    async refresh(followed, signal) {
      if (now() - lookedAt < PODS_MS && now() >= lookedAt) return
      lookedAt = now()
      roots = await findRoots(deps.real(config.podLogsDir), deps.real(config.dockerLogsDir))
      const missing = `${config.podLogsDir} is not mounted: no file can be read`
      notes.set('folder', roots ? undefined : missing)
      const pods = await ownPods(signal)
      if (pods.length === 0 || roots === undefined) return
      const faults: string[] = []
      const fault = (text: string): void => void faults.push(text)
      const targets = findTargets(pods, { ...deps.rules, collectAll: config.collectAll, fault })
      notes.set('annotations', faults.length === 0 ? undefined : faults.slice(0, 5).join('; '))
      const uids = new Set(pods.map(({ uid }) => uid))
      await followed.want(targets, (key) => uids.has(key.split('/')[0] ?? ''))
      const { there, matched } = await countFolders(pods, roots)
      foreign = there - matched
      const unmatched = matched > 0 || there === 0 ? undefined : noneMatches(pods, there, config)
      notes.set('unmatched', unmatched)
    },
  }
}

/** Names only: a foreign folder is never looked into. */
async function countFolders(
  pods: readonly StoredPod[],
  roots: LogRoots,
): Promise<{ readonly there: number; readonly matched: number }> {
  const there = await readdir(roots.pods).catch(() => [])
  const own = new Set(pods.map(folderOf))
  return { there: there.length, matched: there.filter((name) => own.has(name)).length }
}

const noneMatches = (
  pods: readonly StoredPod[],
  there: number,
  { podLogsDir }: LogsDeps['config'],
): string =>
  `none of the ${pods.length} pods has a folder in ${podLogsDir}, where ${there} others have: ` +
  "in a vcluster the node's folders carry the host's names and uids, and foreign files are not read"
