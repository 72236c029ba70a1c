import { link, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * A `subPath` of a volume that is written from API objects, as it is now: a real kubelet mounts the file itself, which
 * stays what it was when the volume gets new files. There are no mounts here, so `place` gets hard links to the files;
 * a name that is not in the volume becomes an empty directory.
 */
export async function pinSubPath(source: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true })
  await mkdir(dirname(place), { recursive: true })
  await linkTree(source, place)
}

async function linkTree(source: string, place: string): Promise<void> {
  const found = await stat(source).catch(() => undefined)
  if (found?.isFile()) {
    await link(await realpath(source), place)
    return
  }
  await mkdir(place)
  if (!found) return
  // Names with two dots are the atomic writer's own.
  const names = (await readdir(source)).filter((name) => !name.startsWith('..'))
  for (const name of names) await linkTree(join(source, name), join(place, name))
}
