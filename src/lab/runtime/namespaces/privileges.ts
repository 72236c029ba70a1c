import type { ContainerConfig } from '../types.ts'

/** What Docker leaves to a container's root (moby, DefaultCapabilities). */
const DOCKER_CAPABILITIES = [
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'setgid',
  'setuid',
  'setpcap',
  'net_bind_service',
  'net_raw',
  'sys_chroot',
  'mknod',
  'audit_write',
  'setfcap',
]

/**
 * The words to put before a container's command line so that it runs as its user, with a container's capabilities.
 * None in a user namespace: there is only one user, and its power ends with the namespace.
 */
export function privilegeWords(
  { user = {}, privileged = false }: Pick<ContainerConfig, 'user' | 'privileged'>,
  { setpriv, isRoot }: { readonly setpriv: string; readonly isRoot: boolean },
): readonly string[] {
  if (!isRoot) return []
  const { uid = 0, gid = 0, groups = [] } = user
  const capabilities = DOCKER_CAPABILITIES.map((name) => `+${name}`).join(',')
  return [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    ...(privileged ? [] : ['--inh-caps=-all', `--bounding-set=-all,${capabilities}`]),
  ]
}
