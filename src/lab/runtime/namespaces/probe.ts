import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DEFAULT_PATH } from '../container.ts'
import type { Programs } from '../launch.ts'
import { buildRoot } from './build-root.ts'
import { findTools, type Tools } from './find-tools.ts'
import { helperEnv } from './helper-env.ts'
import { insidePaths } from './inside-paths.ts'
import { helperSettings, startWords, tableFile } from './isolation.ts'
import { machineImage } from './machine-image.ts'

export type Probe =
  | { readonly works: true; readonly tools: Tools; readonly isRoot: boolean }
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
    const fault = tryContainer(resolve(rootDir), programs, tools, isRoot)
    if (fault === undefined) return { works: true, tools, isRoot }
    faults.push(isRoot ? fault : `in a user namespace: ${fault}`)
  }
  return { works: false, why: faults.join('; ') }
}

/** Undefined, or what went wrong. */
function tryContainer(
  runtimeDir: string,
  programs: Programs,
  tools: Tools,
  isRoot: boolean,
): string | undefined {
  mkdirSync(runtimeDir, { recursive: true })
  const folder = mkdtempSync(join(runtimeDir, 'probe-'))
  const rootDir = join(folder, 'rootfs')
  const base = { rootDir, mounts: [], sandbox: SANDBOX }
  try {
    mkdirSync(rootDir)
    const table = buildRoot({
      base,
      image: machineImage(),
      inside: insidePaths(programs, folder),
      imageDirs: [],
      labDir: dirname(runtimeDir),
      workingDir: undefined,
      isRoot,
    })
    writeFileSync(tableFile(rootDir), table, { mode: 0o600 })
    const settings = { ...helperSettings({ base, config: {} }, { tools, isRoot }), program: 'true' }
    const result = spawnSync(tools.unshare, [...startWords(isRoot), '--', 'true'], {
      env: helperEnv({ PATH: DEFAULT_PATH }, settings),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    })
    if (result.status === 0 && result.output[3]?.endsWith('run\n') === true) return undefined
    const [firstLine = ''] = result.stderr.trim().split('\n')
    return firstLine || result.error?.message || `exit code ${result.status ?? '?'}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
