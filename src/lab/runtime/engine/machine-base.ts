import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EMPTY_FOLDERS, machineImage, settingsFiles } from '../namespaces/machine-image.ts'
import { insidePaths, type InsidePaths } from '../namespaces/inside-paths.ts'
import type { Programs } from '../launch.ts'
import { EngineError, isRefusal, jsonLines, type EngineClient } from './client.ts'
import { tar, type TarEntry } from './tar.ts'

/** The image that all stand-ins run in: empty folders and links; programs come from the machine, as read-only mounts. */
export interface MachineBase {
  /** `sublet-lab-machine:<hash of its contents>` */
  readonly reference: string
  readonly mounts: readonly BindMount[]
  readonly inside: InsidePaths
  /** Imports it where the engine has it not. */
  make(): Promise<void>
}

/** An entry of HostConfig.Mounts. */
export interface BindMount {
  readonly Type: 'bind'
  readonly Source: string
  readonly Target: string
  readonly ReadOnly: boolean
}

export const MACHINE_REPOSITORY = 'sublet-lab-machine'
/** By this it is found again: two nodes that import it at once leave one without a name. */
export const MACHINE_LABEL = 'io.sublet.machine'

/** What the container's `/dev` and `/etc` get from the engine itself. */
const OF_ENGINE = /^\/(dev|proc|sys)(\/|$)|^\/etc\/(hosts|hostname|resolv\.conf|mtab)$/

export function machineBase(client: EngineClient, programs: Programs, binDir: string): MachineBase {
  const image = machineImage()
  const inside = insidePaths(programs, binDir)
  const archive = tar(entriesOf(image.links))
  const hash = createHash('sha256').update(archive).digest('hex').slice(0, 16)
  const reference = `${MACHINE_REPOSITORY}:${hash}`
  const bind = (Source: string, Target: string): BindMount => ({
    Type: 'bind',
    Source,
    Target,
    ReadOnly: true,
  })
  return {
    reference,
    inside,
    mounts: [
      ...image.folders.map((path) => bind(path, path)),
      ...inside.shared
        .filter(({ source }) => existsSync(source))
        .map(({ source, target }) => bind(source, target)),
    ],
    async make() {
      const isThere = await client.ask(`/images/${reference}/json`).catch((error: unknown) => {
        if (isRefusal(error, 404)) return undefined
        throw error
      })
      if (isThere !== undefined) return
      const path = `/images/create?fromSrc=-&repo=${MACHINE_REPOSITORY}&tag=${hash}&changes=${encodeURIComponent(`LABEL ${MACHINE_LABEL}=${hash}`)}`
      const answer = await client.open(path, { method: 'POST', archive })
      for await (const line of jsonLines(answer)) {
        const { error } = line as { error?: string }
        if (error !== undefined) throw new EngineError(500, error)
      }
    },
  }
}

function entriesOf(links: ReadonlyMap<string, string>): TarEntry[] {
  // The engine makes a folder that is not named for what is in it, and only root can enter that.
  const parents = new Set(Object.keys(EMPTY_FOLDERS).map((path) => dirname(path)))
  parents.delete('/')
  const all = [
    ...[...parents].map((path) => [path, 0o755] as const),
    ...Object.entries(EMPTY_FOLDERS),
  ]
  const folders = all
    .filter(([path]) => !OF_ENGINE.test(path))
    .map(([path, mode]) => ({ name: path.slice(1), mode, content: { folder: true } as const }))
  const linked = [...links]
    .filter(([path]) => !OF_ENGINE.test(path))
    .map(([path, link]) => ({ name: path.slice(1), mode: 0o777, content: { link } }))
  const nobody = { podName: '', podNamespace: '', podUid: '', podIp: '', hostNetwork: true }
  const files = Object.entries(settingsFiles({ ...nobody, qosClass: 'BestEffort' }))
    .filter(([path]) => !OF_ENGINE.test(path))
    .map(([path, text]) => ({ name: path.slice(1), mode: 0o644, content: { text } }))
  return [...folders, ...linked, ...files]
}
