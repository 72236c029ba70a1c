import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { helperEnv } from './helper-env.ts'
import { hostsFile } from './machine-image.ts'
import { bind, keptFlags, overlay, tableText } from './mount-table.ts'
import { cleanTarget, inOrder, makeMountPoint } from './place-mounts.ts'
import { privilegeWords } from './privileges.ts'
import { RUN } from './scripts.ts'

const LINKS = new Map([
  ['/bin', 'usr/bin'],
  ['/var/run', '../run'],
])

describe('the table of mounts', () => {
  it('writes odd characters as fstab has them', () => {
    const line = { source: '/a b\\c', target: '/t\n#', type: 'none', options: ['bind', 'ro'] }
    expect(tableText([line])).toBe('/a\\040b\\134c /t\\012\\043 none bind,ro 0 0\n')
  })

  it('keeps restrictions of the innermost mount that a source is on', () => {
    const mountinfo = [
      '1 0 8:1 / / rw,relatime - ext4 /dev/a rw',
      String.raw`2 1 0:2 / /my\040tmp rw,nosuid,nodev,relatime - tmpfs tmpfs rw`,
    ].join('\n')
    expect(keptFlags('/my tmp/x', mountinfo)).toEqual(['nosuid', 'nodev'])
    expect(keptFlags('/my tmpx', mountinfo)).toEqual([])
    expect(bind('/proc/self', '/t', { readOnly: true }).options.slice(0, 2)).toEqual(['bind', 'ro'])
  })

  it('refuses layers whose paths the kernel would take for several', () => {
    expect(overlay(['/a', '/usr'], '/t').options).toEqual(['ro', 'lowerdir=/a:/usr'])
    expect(() => overlay(['/a:/etc', '/usr'], '/t')).toThrow(/: or ,/)
  })
})

describe('places of mounts', () => {
  let dir: string
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'sublet-places-'))))
  afterEach(() => rmSync(dir, { recursive: true }))

  it('are clean, through the links of the root, outermost first', () => {
    expect(cleanTarget('/var/run//secrets/../x/', LINKS)).toBe('/run/x')
    expect(cleanTarget('/bin', LINKS)).toBe('/usr/bin')
    expect(cleanTarget('/binary', LINKS)).toBe('/binary')
    expect(() => cleanTarget('relative', LINKS)).toThrow(/not absolute/)
    expect(() => cleanTarget('/..', LINKS)).toThrow(/whole root/)
    const mount = (containerPath: string) => ({ hostPath: '/x', containerPath, readOnly: false })
    const sorted = inOrder([mount('/a/b/c'), mount('/var/run/b'), mount('/a')], LINKS)
    expect(sorted.map(({ containerPath }) => containerPath)).toEqual(['/a', '/run/b', '/a/b/c'])
  })

  it('are made as files or folders, but not behind links that lead out', () => {
    makeMountPoint(dir, 'a/b/file', 'file')
    makeMountPoint(dir, 'a/b/file', 'file')
    makeMountPoint(dir, 'a/c', 'folder')
    expect(lstatSync(join(dir, 'a/b/file')).isFile()).toBe(true)
    expect(lstatSync(join(dir, 'a/c')).isDirectory()).toBe(true)
    symlinkSync('b', join(dir, 'a/inside'))
    makeMountPoint(dir, 'a/inside', 'folder')
    mkdirSync(join(dir, 'root'))
    symlinkSync('..', join(dir, 'root/out'))
    expect(() => makeMountPoint(join(dir, 'root'), 'out/new', 'folder')).toThrow(/symbolic link/)
    expect(() => makeMountPoint(join(dir, 'root'), 'out', 'folder')).toThrow(/symbolic link/)
    expect(existsSync(join(dir, 'new'))).toBe(false)
  })
})

describe('the environment of what enters a container', () => {
  it('has a pod’s variables as values only, whatever they are called', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (variables) => {
        const names = Object.keys(helperEnv(variables, { program: 'x' }))
        expect(names.filter((name) => name !== 'PATH' && !name.startsWith('_sublet_'))).toEqual([])
      }),
    )
  })

  it('gives each variable to the program as it is, and no setting of its own', () => {
    const plain = fc.stringMatching(/^[A-Za-z_.-][A-Za-z0-9_.-]{0,12}$/)
    const value = fc.string().filter((text) => !text.includes('\0') && !/[^\x01-\x7f]/.test(text))
    const odd = fc.constantFrom('LD_BIND_NOW', 'IFS', 'PPID', 'PATH', '_sublet_late', 'ENV', 'UID')
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(plain, odd), value, { maxKeys: 8 }), (variables) => {
        const given = { PATH: '/bin', ...variables }
        const names = Object.keys(given).filter((name) => !name.startsWith('-') && name !== '_')
        const settings = { program: '/usr/bin/env', folder: '/', privileges: '', fds: '4' }
        const { stdout } = spawnSync('/bin/sh', ['-c', RUN, 'x', '/usr/bin/env', '-0'], {
          env: helperEnv(given, settings),
          stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
          encoding: 'utf8',
        })
        const got = new Map(
          stdout
            .split('\0')
            .filter(Boolean)
            .map((pair) => [pair.replace(/=.*$/s, ''), pair.replace(/^[^=]*=/, '')]),
        )
        for (const name of names) expect(got.get(name)).toBe(given[name as keyof typeof given])
        expect([...got.keys()].filter((name) => !names.includes(name) && name !== '_')).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})

describe('what a container is told and may', () => {
  it('has its own name, its pod’s aliases, and localhost in /etc/hosts', () => {
    const sandbox = {
      podName: 'web-0',
      podNamespace: 'shop',
      podUid: 'u',
      podIp: '127.20.1.4',
      hostNetwork: false,
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['a', 'b'] }],
      qosClass: 'BestEffort',
    } as const
    const lines = hostsFile(sandbox).split('\n')
    expect(lines.slice(0, 2)).toEqual(['# Kubernetes-managed hosts file.', '127.0.0.1\tlocalhost'])
    expect(lines.slice(-5)).toEqual([
      '127.20.1.4\tweb-0',
      '',
      '# Entries added by HostAliases.',
      '10.0.0.1\ta\tb',
      '',
    ])
  })

  it('is its user with Docker’s capabilities under root, and nobody else in a user namespace', () => {
    const root = { setpriv: '/usr/bin/setpriv', isRoot: true }
    const words = privilegeWords({ user: { uid: 7, groups: [8, 9] } }, root)
    expect(words.slice(0, 4)).toEqual([
      '/usr/bin/setpriv',
      '--reuid=7',
      '--regid=0',
      '--groups=8,9',
    ])
    expect(words.at(-1)).toMatch(/^--bounding-set=-all,\+chown,/)
    const bounds = (add: string[], drop: string[]) =>
      privilegeWords({ capabilities: { add, drop } }, root).at(-1)
    expect(bounds(['NET_ADMIN', 'x;reboot', 'a b'], ['ALL'])).toBe('--bounding-set=-all,+net_admin')
    expect(bounds(['ALL'], ['CAP_SYS_BOOT'])).toBe('--bounding-set=+all,-sys_boot')
    expect(bounds([], ['NET_RAW'])).not.toContain('net_raw')
    expect(privilegeWords({ privileged: true }, root)).toHaveLength(4)
    expect(privilegeWords({ user: { uid: 7 } }, { ...root, isRoot: false })).toEqual([])
  })
})
