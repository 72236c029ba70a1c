import { constants, accessSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** Why a program cannot be run: runc's words, and the exit code that Docker gives to such a container. */
export interface NoProgram {
  readonly why: string
  readonly exitCode: 126 | 127
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
  const named = `exec: ${JSON.stringify(wanted)}: `
  if (!real.includes('/')) {
    const isThere = path.split(':').some((dir) => real !== '' && isProgram(join(dir, real)))
    const why = `${named}executable file not found in $PATH`
    return isThere ? undefined : { why, exitCode: 127 }
  }
  const place = isAbsolute(real) ? real : join(cwd, real)
  if (isProgram(place)) return undefined
  if (statSync(place, { throwIfNoEntry: false }) !== undefined)
    return { why: `${named}permission denied`, exitCode: 126 }
  return { why: `${named}stat ${wanted}: no such file or directory`, exitCode: 127 }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
