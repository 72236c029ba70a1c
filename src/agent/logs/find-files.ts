import type { Dirent } from 'node:fs'
import { readdir, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { MAX_FILES_PER_CONTAINER } from './limits.ts'

/** One log file of a container, or a part of it that was rotated away. */
export interface FoundFile {
  /** On this machine, without links. */
  readonly path: string
  /** Its name in the pod's folder: `0.log`. */
  readonly name: string
  /** How often the container had been restarted. */
  readonly attempt: number
  /** The runtime writes into it; else it was rotated away. */
  readonly active: boolean
  /** `device:inode` */
  readonly id: string
  readonly size: number
  readonly mtimeMs: number
}

/** Where files may be, on this machine and without links. */
export interface LogRoots {
  readonly pods: string
  /** undefined: not to be seen from here. */
  readonly docker: string | undefined
}

/** Resolves both folders. undefined: the node's logs are not mounted here. */
export async function findRoots(pods: string, docker: string): Promise<LogRoots | undefined> {
  const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined)
  const found = await real(pods)
  return found === undefined ? undefined : { pods: found, docker: await real(docker) }
}

const NAME = /^(\d{1,9})\.log(\..+)?$/
const COMPRESSED = /\.(gz|zst|bz2|xz|tmp)$/

/**
 * The files of a container in the order in which they were written: by restart, rotated parts before what is written now.
 * A link (Docker's `0.log`) is followed when it leads into the folder of Docker's containers, never elsewhere.
 */
export async function findFiles(
  folder: string,
  roots: LogRoots,
  real: (path: string) => string,
): Promise<FoundFile[]> {
  const base = join(roots.pods, folder)
  // A folder that is a link, of the pod or of the container, is not the kubelet's.
  if ((await realpath(base).catch(() => '')) !== base) return []
  const entries = await readdir(base, { withFileTypes: true }).catch(() => [])
  const names = entries.filter(({ name }) => NAME.test(name))
  const found = await Promise.all(names.map((entry) => look(base, entry, roots, real)))
  return found
    .flat()
    .toSorted(
      (a, b) =>
        a.attempt - b.attempt || Number(a.active) - Number(b.active) || a.mtimeMs - b.mtimeMs,
    )
    .slice(-MAX_FILES_PER_CONTAINER)
}

async function look(
  base: string,
  entry: Dirent,
  roots: LogRoots,
  real: (path: string) => string,
): Promise<FoundFile[]> {
  const { name } = entry
  const [, attempt = '0', rotated] = NAME.exec(name) ?? []
  if (COMPRESSED.test(name)) return []
  const there = join(base, name)
  const path = entry.isFile() ? there : await resolve(there, roots, real)
  if (path === undefined) return []
  const part = { name: `${attempt}.log`, attempt: Number(attempt) }
  const paths = [{ ...part, path, active: rotated === undefined }]
  if (rotated === undefined && dirname(path) !== base) {
    // Docker's rotated parts lie beside the file, out of the pod's folder.
    const beside = await readdir(dirname(path)).catch(() => [])
    const parts = beside.filter(
      (one) => one.startsWith(`${basename(path)}.`) && !COMPRESSED.test(one),
    )
    paths.push(...parts.map((one) => ({ ...part, path: join(dirname(path), one), active: false })))
  }
  const files = await Promise.all(
    paths.map(async (one) => {
      const found = await stat(one.path).catch(() => undefined)
      if (!found?.isFile()) return []
      const { dev, ino, size, mtimeMs } = found
      return [{ ...one, id: `${dev}:${ino}`, size, mtimeMs }]
    }),
  )
  return files.flat()
}

/** Where a file really is; undefined when that is outside of both folders. */
async function resolve(
  path: string,
  roots: LogRoots,
  real: (path: string) => string,
): Promise<string | undefined> {
  const link = await readlink(path).catch(() => undefined)
  if (link === undefined) return undefined
  const target = link.startsWith('/') ? real(link) : join(dirname(path), link)
  const found = await realpath(target).catch(() => undefined)
  const inside = roots.docker !== undefined && found?.startsWith(roots.docker + sep)
  return inside ? found : undefined
}
