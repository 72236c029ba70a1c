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
  {
    user = {},
    privileged = false,
    capabilities,
  }: Pick<ContainerConfig, 'user' | 'privileged' | 'capabilities'>,
  { setpriv, isRoot }: { readonly setpriv: string; readonly isRoot: boolean },
): readonly string[] {
  if (!isRoot) return []
  const { uid = 0, gid = 0, groups = [] } = user
  return [
    setpriv,
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    ...(privileged ? [] : ['--inh-caps=-all', `--bounding-set=${boundingSet(capabilities)}`]),
  ]
}

/** As Docker reads it: what is dropped goes from its own choice, `ALL` is all; what is added comes back (moby, TweakCapabilities). */
function boundingSet({ add, drop }: NonNullable<ContainerConfig['capabilities']> = NONE): string {
  const [added, dropped] = [add.flatMap(plainName), drop.flatMap(plainName)]
  if (added.includes('all')) return ['+all', ...dropped.map((name) => `-${name}`)].join(',')
  const kept = DOCKER_CAPABILITIES.filter(
    (name) => !dropped.includes('all') && !dropped.includes(name),
  )
  return ['-all', ...[...kept, ...added].map((name) => `+${name}`)].join(',')
}

const NONE = { add: [], drop: [] }

/** The words become part of a script's: nothing but a name may be in them. */
function plainName(name: string): string[] {
  const plain = name.toLowerCase().replace(/^cap_/, '')
  return /^[a-z][a-z_]{1,40}$/.test(plain) ? [plain] : []
}
