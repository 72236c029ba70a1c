import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DEFAULT_PATH } from '../container.ts'
import type { Programs } from '../launch.ts'
import { buildRoot } from './build-root.ts'
import { findTools, type Tools } from './find-tools.ts'
import { helperEnv } from './helper-env.ts'
import { insidePaths } from './inside-paths.ts'
import { helperSettings, startWords, tableFile } from './isolation.ts'
import { machineImage } from './machine-image.ts'
import { makeSkeleton, type Ways } from './skeleton.ts'

export type Probe =
  | ({ readonly works: true; readonly tools: Tools } & Ways)
  | { readonly works: false; readonly why: string }

const TIMEOUT_MS = 10_000
const SANDBOX = {
  podName: 'probe',
  podNamespace: '',
  podUid: '',
  podIp: '127.0.0.1',
  hostNetwork: false,
  qosClass: 'BestEffort',
} as const

/**
 * Whether containers can have namespaces of their own on this machine: starts one that does nothing, as root or, where that
 * is not allowed, in a user namespace. Takes some 50 ms. `rootDir` is the runtime's; nothing stays in it.
 */
export function probeNamespaces(rootDir: string, programs: Programs): Probe {
  if (process.platform !== 'linux') return { works: false, why: `this is ${process.platform}` }
  const found = findTools()
  if ('missing' in found) {
    return { works: false, why: `${found.missing.join(', ')} of util-linux is not installed` }
  }
  const { tools } = found
  const faults: string[] = []
  for (const isRoot of process.getuid?.() === 0 ? [true, false] : [false]) {
    for (const isLayered of [true, false]) {
      const ways = { isRoot, isLayered }
      const fault = tryContainer(resolve(rootDir), programs, tools, ways)
      if (fault === undefined) return { works: true, tools, ...ways }
      // Without layers less can go wrong: what does then is the reason.
      if (!isLayered) faults.push(isRoot ? fault : `in a user namespace: ${fault}`)
    }
  }
  return { works: false, why: faults.join('; ') }
}

/** Undefined, or what went wrong. */
function tryContainer(
  runtimeDir: string,
  programs: Programs,
  tools: Tools,
  ways: Ways,
): string | undefined {
  mkdirSync(runtimeDir, { recursive: true })
  const folder = mkdtempSync(join(runtimeDir, 'probe-'))
  const rootDir = join(folder, 'rootfs')
  const base = { rootDir, mounts: [], sandbox: SANDBOX }
  try {
    const skeleton = makeSkeleton(folder, machineImage(), insidePaths(programs, folder), ways)
    const labDir = dirname(runtimeDir)
    const table = buildRoot({ base, skeleton, imageDirs: [], labDir, workingDir: undefined })
    writeFileSync(tableFile(rootDir), table, { mode: 0o600 })
    const settings = {
      ...helperSettings({ base, config: {} }, { tools, ...ways }),
      program: 'true',
      fds: '0',
    }
    const result = spawnSync(tools.unshare, [...startWords(ways.isRoot), 'true'], {
      env: helperEnv({ PATH: DEFAULT_PATH }, settings),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    if (result.status === 0 && result.output[3]?.endsWith('run\n') === true) {
      // What the kernel leaves behind must be ours to remove.
      rmSync(folder, { recursive: true })
      return undefined
    }
    const [firstLine = ''] = result.stderr.trim().split('\n')
    return firstLine || result.error?.message || `exit code ${result.status ?? '?'}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    removeAll(folder)
  }
}

function removeAll(folder: string): void {
  const ofKernel = join(folder, 'work', 'work')
  if (existsSync(ofKernel)) chmodSync(ofKernel, 0o700)
  rmSync(folder, { recursive: true, force: true })
}
