import { constants, accessSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** Why a program cannot be run: runc's words, and the exit code that Docker gives to such a container. */
export interface NoProgram {
  readonly why: string
  readonly exitCode: 126 | 127
}

/** A container's program or a command cannot be run. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing'
  readonly exitCode: number
  constructor({ why, exitCode }: { readonly why: string; readonly exitCode: number }) {
    super(why)
    this.exitCode = exitCode
  }
}

/** runc's words for what is wrong with a program. */
export function noProgram(
  wanted: string,
  fault: 'not-in-path' | 'not-there' | 'denied',
): NoProgram {
  const named = `exec: ${JSON.stringify(wanted)}: `
  switch (fault) {
    case 'not-in-path':
      return { why: `${named}executable file not found in $PATH`, exitCode: 127 }
    case 'not-there':
      return { why: `${named}stat ${wanted}: no such file or directory`, exitCode: 127 }
    case 'denied':
      return { why: `${named}permission denied`, exitCode: 126 }
  }
}

/**
 * Looks for a program as `exec` does. Undefined: it is there. `wanted` is the name as it was given, `real` where it is
 * looked for on the machine.
 */
export function missingProgram(
  wanted: string,
  real: string,
  path: string,
  cwd: string,
): NoProgram | undefined {
  if (!real.includes('/')) {
    const isThere = path.split(':').some((dir) => real !== '' && isProgram(join(dir, real)))
    return isThere ? undefined : noProgram(wanted, 'not-in-path')
  }
  const place = isAbsolute(real) ? real : join(cwd, real)
  if (isProgram(place)) return undefined
  const isThere = statSync(place, { throwIfNoEntry: false }) !== undefined
  return noProgram(wanted, isThere ? 'denied' : 'not-there')
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
