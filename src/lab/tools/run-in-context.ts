import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { SubletError } from '../../core/index.ts'
import { formatKubeconfig, kubeconfigOf, type KubeClient } from '../../kube/index.ts'
import type { StateDir } from '../state.ts'
import { accessOf, type ListedVcluster } from './vclusters.ts'

/**
 * Runs one command with a kubeconfig of its own that leads to the vcluster, as `vcluster connect NAME -- COMMAND` does.
 * Gives its exit code, 128 + the signal's number where a signal ended it. Throws E_INPUT when there is no such program.
 */
export async function runInContext(options: {
  readonly dir: StateDir
  readonly host: KubeClient
  readonly vcluster: ListedVcluster
  readonly command: readonly string[]
  readonly signal: AbortSignal
}): Promise<number> {
  const { vcluster, command, signal } = options
  const { server, ca, credential } = (await accessOf(options.host, vcluster)).admin
  const config = kubeconfigOf({ name: vcluster.context, server, caPem: ca, credential })
  const folder = mkdtempSync(join(tmpdir(), 'sublet-connect-'))
  const file = join(folder, 'kubeconfig')
  try {
    writeFileSync(file, await formatKubeconfig(config), { mode: 0o600 })
    return await run(command, { ...process.env, KUBECONFIG: file }, signal)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(
  [program = '', ...argv]: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { env, stdio: 'inherit' })
    const end = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', end, { once: true })
    child.on('error', (cause) => {
      reject(
        new SubletError('E_INPUT', `${program} cannot be run`, {
          cause,
          hint: 'Write a program and its arguments after --.',
        }),
      )
    })
    child.on('exit', (code, name) => {
      signal.removeEventListener('abort', end)
      resolve(code ?? 128 + (name === null ? 0 : constants.signals[name]))
    })
  })
}
