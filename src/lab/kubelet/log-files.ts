import { mkdir, readdir, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ContainerInfo } from '../runtime/types.ts'

/** Where a node keeps its containers' output, as everything on that node sees it. */
export const POD_LOGS_DIR = '/var/log/pods'
const CONTAINER_LINKS_DIR = '/var/log/containers'

/** A pod's folder of logs: below it `<container>/<restarts>.log`. */
export function podLogDir(
  nodeRootDir: string,
  pod: { readonly namespace: string; readonly name: string; readonly uid: string },
): string {
  return join(nodeRootDir, POD_LOGS_DIR, `${pod.namespace}_${pod.name}_${pod.uid}`)
}

/**
 * The link that log collectors look for: `/var/log/containers/<pod>_<ns>_<container>-<id>.log`. Relative, so that it
 * leads to the log wherever the node's root is seen from. That it cannot be made keeps no container from running.
 */
export async function linkContainerLog(nodeRootDir: string, info: ContainerInfo): Promise<void> {
  const links = join(nodeRootDir, CONTAINER_LINKS_DIR)
  const path = join(links, linkName(info))
  const inPods = info.logPath.slice(join(nodeRootDir, POD_LOGS_DIR).length + 1)
  try {
    await mkdir(links, { recursive: true })
    await symlink(join('..', 'pods', inPods), path)
  } catch {
    // There already, or the node's disk is full: the log itself tells.
  }
}

function linkName({ sandbox, name, id }: ContainerInfo): string {
  return `${sandbox.podName}_${sandbox.podNamespace}_${name}-${id}.log`
}

/**
 * Removes what is too old of one container: of all instances but the newest and the one before, as the kubelet's
 * garbage collection keeps one dead container each.
 */
export async function removeOldLogs(nodeRootDir: string, newest: ContainerInfo): Promise<void> {
  const dir = dirname(newest.logPath)
  const old = (await readdir(dir).catch(() => [])).filter(
    (file) => Number(/^(\d+)\.log/.exec(file)?.[1] ?? Infinity) < newest.attempt - 1,
  )
  await Promise.all(old.map((file) => rm(join(dir, file), { force: true })))
  const { sandbox, name } = newest
  const prefix = `${sandbox.podName}_${sandbox.podNamespace}_${name}-`
  await removeDanglingLinks(nodeRootDir, prefix)
}

/** Removes a pod's logs and the links that lead to them. */
export async function removePodLogs(
  nodeRootDir: string,
  pod: { readonly namespace: string; readonly name: string; readonly uid: string },
): Promise<void> {
  await rm(podLogDir(nodeRootDir, pod), { recursive: true, force: true })
  await removeDanglingLinks(nodeRootDir, `${pod.name}_${pod.namespace}_`)
}

async function removeDanglingLinks(nodeRootDir: string, prefix: string): Promise<void> {
  const links = join(nodeRootDir, CONTAINER_LINKS_DIR)
  const own = (await readdir(links).catch(() => [])).filter((file) => file.startsWith(prefix))
  await Promise.all(
    own.map(async (file) => {
      const path = join(links, file)
      if (!(await exists(path))) await rm(path, { force: true })
    }),
  )
}

/** Whether a link leads to something. */
async function exists(link: string): Promise<boolean> {
  return await stat(link).then(
    () => true,
    () => false,
  )
}
