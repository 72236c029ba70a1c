import { binPrograms } from './launch.ts'
import { createLocalRuntime, type LocalRuntimeOptions } from './local-runtime.ts'
import { processIsolation } from './process-isolation.ts'
import { makeBinDirectory } from './root-directory.ts'
import type { ContainerRuntime } from './types.ts'

/**
 * The `process` runtime: each container is a child process with its own session, root directory and cgroup. `why` it is
 * this one. Throws E_PLATFORM elsewhere than on Linux, E_NO_PERMISSION when `accounting: 'cgroup'` cannot be had.
 */
export async function createProcessRuntime(
  options: LocalRuntimeOptions,
  why?: string,
): Promise<ContainerRuntime> {
  return await createLocalRuntime(
    options,
    async (surroundings) => {
      await makeBinDirectory(surroundings.binDir, binPrograms(surroundings.programs))
      return processIsolation(surroundings)
    },
    why,
  )
}
