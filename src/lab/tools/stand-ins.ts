import { accessSync, chmodSync, constants } from 'node:fs'
import { join } from 'node:path'
import { SubletError } from '../../core/index.ts'
import type { StateDir } from '../state.ts'

/** The commands that `lab env` puts on the PATH: three stand-ins, and this program itself. */
export const STAND_INS = ['minikube', 'vcluster', 'helm', 'sublet'] as const

/**
 * Makes sure that the stand-ins can be run: a shell silently passes over what it may not execute, and then a real
 * `minikube delete` would do what was meant for the lab. `folder` is `bin/stand-ins` of this installation.
 */
export function assertStandIns(folder: string): void {
  for (const name of STAND_INS) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
    } catch {
      try {
        chmodSync(path, 0o755)
      } catch (cause) {
        throw new SubletError('E_NO_PERMISSION', `${path} cannot be executed`, {
          cause,
          hint: 'Install Sublet again, or make that file executable.',
        })
      }
    }
  }
}

/**
 * The variables with which every tool talks to the lab of a state folder, whether it runs yet or not. The PATH is not
 * among them: `bin/stand-ins` comes first on it.
 */
export function labEnvironment(dir: StateDir): Readonly<Record<string, string>> {
  return {
    KUBECONFIG: dir.kubeconfig,
    DOCKER_HOST: `unix://${dir.dockerSocket}`,
    SUBLET_STATE_DIR: dir.root,
    SUBLET_NODE: process.execPath,
  }
}
