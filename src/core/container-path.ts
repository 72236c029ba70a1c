import { join } from 'node:path'

/**
 * Where a path that a container's program knows is on the machine. In the lab's `process` runtime containers have no
 * mount namespace: `SUBLET_CONTAINER_ROOT` names the directory below which the container's mounts are. Elsewhere
 * (the variable is not set) the path is returned as it is.
 */
export function containerPath(path: string, env: NodeJS.ProcessEnv = process.env): string {
  const root = env['SUBLET_CONTAINER_ROOT']
  return root === undefined || root === '' ? path : join(root, path)
}
