import type { Child, ChildPlan } from './child.ts'
import type { Container } from './container.ts'
import type { RootDirectory } from './root-directory.ts'
import type { ContainerConfig } from './types.ts'

/** A command to run in a running container's surroundings. */
export interface Command {
  readonly argv: readonly string[]
  /** In addition to the container's own. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin: 'pipe' | 'none' | Buffer
  readonly tty: boolean
  readonly onOutput: ChildPlan['onOutput']
}

/** What the runtimes that start child processes differ in: what a container's programs see, and how one is started there. */
export interface Isolation {
  readonly kind: 'process' | 'namespaces'
  /** Makes the container's root; nothing runs yet. */
  makeRoot(
    base: Container['base'],
    imageDirs: readonly string[],
    config: ContainerConfig,
  ): Promise<RootDirectory>
  /** Starts the container's own program. Throws ProgramMissing when it cannot be run. */
  start(container: Container, onOutput: ChildPlan['onOutput']): Promise<Child>
  /** Starts a command in a running container. Throws ProgramMissing when it cannot be run. */
  run(container: Container, command: Command): Promise<Child>
}
