import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes and inodes of a directory; links are counted, not followed: volumes are not part of a container's own layer. */
export async function diskUsage(dir: string): Promise<{ bytes: number; inodes: number }> {
  const sum = { bytes: 0, inodes: 0 }
  const visit = async (path: string): Promise<void> => {
    const stat = await lstat(path).catch(() => undefined)
    if (!stat) return
    sum.bytes += stat.blocks * 512
    sum.inodes += 1
    if (!stat.isDirectory()) return
    for (const name of await readdir(path).catch(() => [])) await visit(join(path, name))
  }
  await visit(dir)
  return sum
}
