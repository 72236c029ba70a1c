import { lstatSync, readFileSync, readlinkSync } from 'node:fs'
import type { SandboxConfig } from '../types.ts'

/**
 * The image that all containers have: the machine's own programs and libraries, read-only, and around them what a small
 * Linux image has. Nothing of /home, /root, /var, /tmp or the machine's own settings.
 */
export interface MachineImage {
  /** Mounted read-only, at the same path. */
  readonly folders: readonly string[]
  /** `/bin` → `usr/bin`, where the machine has it so; and `/var/run` → `../run`. */
  readonly links: ReadonlyMap<string, string>
}

const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']
/** Of /etc only what programs need to run and to verify certificates; no keys, no names of users or machines. */
const SETTINGS = [
  '/etc/alternatives',
  '/etc/ld.so.cache',
  '/etc/pki/ca-trust/extracted',
  '/etc/pki/tls/certs',
  '/etc/services',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
]

/** Looks at what the machine has of it; once for a runtime. */
export function machineImage(): MachineImage {
  const links = new Map([
    ['/var/run', '../run'],
    ['/var/lock', '../run/lock'],
    ['/dev/fd', '/proc/self/fd'],
    ['/dev/stdin', '/proc/self/fd/0'],
    ['/dev/stdout', '/proc/self/fd/1'],
    ['/dev/stderr', '/proc/self/fd/2'],
    ['/dev/ptmx', 'pts/ptmx'],
  ])
  const folders: string[] = []
  for (const path of [...SYSTEM, ...SETTINGS]) {
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isSymbolicLink() === true && SYSTEM.includes(path))
      links.set(path, readlinkSync(path))
    else if (stat !== undefined) folders.push(path)
  }
  return { folders, links }
}

/** Empty folders, with their permissions where these are not 755. */
export const EMPTY_FOLDERS: Readonly<Record<string, number>> = {
  '/dev/pts': 0o755,
  '/dev/shm': 0o755,
  '/etc': 0o755,
  '/home': 0o755,
  '/mnt': 0o755,
  '/opt': 0o755,
  '/proc': 0o555,
  '/root': 0o700,
  '/run/lock': 0o1777,
  '/sys': 0o555,
  '/tmp': 0o1777,
  '/var/lib': 0o755,
  '/var/log': 0o755,
  '/var/tmp': 0o1777,
}

export const DEVICES: readonly string[] = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

const PASSWD = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`
const GROUP = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
tty:x:5:
www-data:x:33:
nogroup:x:65534:
`

/** The small files of a container's /etc, by path. */
export function settingsFiles(sandbox: SandboxConfig): Readonly<Record<string, string>> {
  return { ...commonFiles(), ...podFiles(sandbox) }
}

/** Those that are the same in all containers. */
export function commonFiles(): Readonly<Record<string, string>> {
  return {
    '/etc/passwd': PASSWD,
    '/etc/group': GROUP,
    '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\nservices: files\n',
    '/etc/resolv.conf': machineResolver(),
  }
}

/** Those of one pod. */
export function podFiles(sandbox: SandboxConfig): Readonly<Record<string, string>> {
  return {
    '/etc/hostname': `${hostNameOf(sandbox)}\n`,
    '/etc/hosts': hostsFile(sandbox),
  }
}

export const hostNameOf = ({ hostname, podName }: SandboxConfig): string => hostname ?? podName

/** As the kubelet writes it (pkg/kubelet/kubelet_pods.go, managedHostsFileContent). */
export function hostsFile(sandbox: SandboxConfig): string {
  const { podIp, hostNetwork, hostAliases = [] } = sandbox
  const lines = [
    `# Kubernetes-managed hosts file${hostNetwork ? ' (host network)' : ''}.`,
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIp}\t${hostNameOf(sandbox)}`,
  ]
  if (hostAliases.length > 0) lines.push('', '# Entries added by HostAliases.')
  for (const { ip, hostnames } of hostAliases) lines.push(`${ip}\t${hostnames.join('\t')}`)
  return `${lines.join('\n')}\n`
}

function machineResolver(): string {
  try {
    return readFileSync('/etc/resolv.conf', 'utf8')
  } catch {
    return ''
  }
}
