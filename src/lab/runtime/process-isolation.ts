import { mkdir, stat } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { startChild } from './child.ts'
import type { Container } from './container.ts'
import { ProgramMissing, missingProgram } from './find-program.ts'
import type { Guardian } from './guardian.ts'
import type { Command, Isolation } from './isolation.ts'
import {
  containerEnv,
  launchPlan,
  missingCommand,
  rewriteForeign,
  type Programs,
} from './launch.ts'
import { makeRootDirectory } from './root-directory.ts'
import { TERMINAL_ENV, onTerminal } from './terminal.ts'

export interface Surroundings {
  readonly guardian: Guardian
  /** The programs that every container has in its PATH. */
  readonly binDir: string
  readonly programs: Programs
}

/** Each container is a child process that sees the machine as it is; its mounts are links in a directory. */
export function processIsolation(surroundings: Surroundings): Isolation {
  const { guardian, binDir, programs } = surroundings
  return {
    kind: 'process',
    async makeRoot(base, imageDirs, { workingDir }) {
      const root = await makeRootDirectory(base.rootDir, base.mounts, imageDirs)
      if (workingDir !== undefined)
        await mkdir(placeOf(base.rootDir, workingDir), { recursive: true })
      return root
    },
    async start(container, onOutput) {
      const missing = missingCommand(container, programs, binDir)
      if (missing) throw new ProgramMissing(missing)
      const plan = launchPlan(container, programs, binDir)
      // A sandbox's shell starts nothing.
      const isConfined = container.base.kind === 'sandbox'
      return await startChild(
        { ...plan, ...(await placesOf(container)), isConfined, onOutput },
        guardian,
      )
    },
    async run(container, { argv, env: more, stdin, tty, onOutput }: Command) {
      const env = { ...containerEnv(container, binDir), ...more }
      const real = rewriteForeign(container, argv, programs)
      const places = await placesOf(container)
      const missing = missingProgram(argv[0] ?? '', real[0] ?? '', env['PATH'] ?? '', places.cwd)
      if (missing) throw new ProgramMissing(missing)
      return await startChild(
        {
          argv: tty ? onTerminal(real) : real,
          env: tty ? { ...TERMINAL_ENV, ...env } : env,
          stdin,
          onOutput,
          ...places,
        },
        guardian,
      )
    },
  }
}

/** Where a path of the container's is; its mounts are links below its root directory. */
const placeOf = (rootDir: string, path: string): string => join(rootDir, normalize(`/${path}`))

async function placesOf({
  base,
  config,
  cgroups,
}: Container): Promise<{ containerId: string; cwd: string; cgroups: readonly string[] }> {
  const { id: containerId, rootDir } = base
  const wished = placeOf(rootDir, config.workingDir ?? '/')
  // What lies there may be a file.
  const isFolder = (await stat(wished).catch(() => undefined))?.isDirectory() === true
  return { containerId, cwd: isFolder ? wished : rootDir, cgroups }
}
