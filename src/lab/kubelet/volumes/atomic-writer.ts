import {
  chmod,
  chown,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { rfc3339 } from '../../../core/index.ts'
import type { Payload } from './payload.ts'

/**
 * Writes a volume the way the kubelet does (pkg/volume/util/atomic_writer.go): the files in a directory with a time in
 * its name, `..data` a symlink to it that is swapped by one rename, and a symlink per top-level name through `..data`.
 * A reader sees all old files or all new ones. The files belong to `group` where one is given. Returns false when nothing
 * had changed.
 */
export async function writeAtomically(
  directory: string,
  payload: Payload,
  group?: number,
): Promise<boolean> {
  await mkdir(directory, { recursive: true })
  const old = await readlink(join(directory, '..data')).catch(() => undefined)
  if (old !== undefined && (await sameFiles(join(directory, old), payload))) return false

  const stamp = rfc3339(Date.now()).replace(/[-:]/g, '_').replace('T', '_').replace('Z', '')
  const fresh = `..${stamp}.${Math.floor(Math.random() * 1e9)}`
  for (const [path, file] of payload) {
    const target = join(directory, fresh, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, file.data)
    if (group !== undefined) await chown(target, 0, group)
    await chmod(target, file.mode)
  }
  if (payload.size === 0) await mkdir(join(directory, fresh), { recursive: true })
  await symlink(fresh, join(directory, '..data_tmp'))
  await rename(join(directory, '..data_tmp'), join(directory, '..data'))
  await linkNames(directory, payload)
  if (old !== undefined) await rm(join(directory, old), { recursive: true, force: true })
  return true
}

/** Only its own links are touched: what a runtime or a container has put there stays, as with the real kubelet. */
async function linkNames(directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? path))
  const present = new Set((await readdir(directory)).filter((name) => !name.startsWith('..')))
  for (const name of wanted) {
    if (!present.has(name)) await symlink(linkTo(name), join(directory, name))
  }
  for (const name of present) {
    if (wanted.has(name)) continue
    const path = join(directory, name)
    const target = await readlink(path).catch(() => undefined)
    if (target === linkTo(name)) await rm(path, { force: true })
  }
}

const linkTo = (name: string): string => join('..data', name)

async function sameFiles(directory: string, payload: Payload): Promise<boolean> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  if (names.filter((entry) => entry.isFile()).length !== payload.size) return false
  for (const [path, file] of payload) {
    const target = join(directory, path)
    const data = await readFile(target).catch(() => undefined)
    if (!data?.equals(file.data)) return false
    if (((await stat(target)).mode & 0o777) !== file.mode) return false
  }
  return true
}
