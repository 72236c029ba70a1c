import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { build } from 'rolldown'
import { anyProgram } from '../../rolldown.config.ts'

const PROJECT = join(import.meta.dirname, '../..')

/** For the sources of `buildProgram`: the name of a module of `src/`. */
export const inSource = (file: string): string => JSON.stringify(join(PROJECT, 'src', file))

/**
 * Builds a program for a process of its own, which `dist/` does not have: JavaScript that imports `inSource(…)`. Gives the
 * path of its file, which lies below the project, where the libraries are found.
 */
export async function buildProgram(source: string): Promise<string> {
  const id = 'program'
  const name = createHash('sha256').update(source).digest('hex').slice(0, 12)
  const file = join(PROJECT, 'node_modules/.cache/sublet-test', `${name}-${process.pid}.mjs`)
  await build({
    ...anyProgram,
    input: id,
    plugins: [
      {
        name: 'source',
        resolveId: (wanted) => (wanted === id ? { id } : undefined),
        load: (wanted) => (wanted === id ? source : undefined),
      },
    ],
    output: { file, codeSplitting: false },
  })
  return file
}
