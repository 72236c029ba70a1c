import { basename, relative, resolve } from 'node:path'
import { STAND_IN_FOLDER } from './lab-look.ts'
import { quoteIfNeeded } from './quote.ts'

/** How a process was called: `argv[1]`, where, and with what environment. */
export interface Call {
  readonly script: string
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const thisCall = (): Call => ({
  script: process.argv[1] ?? 'sublet',
  folder: process.cwd(),
  env: process.env,
})

/**
 * What to type to call this program again. Not `npx sublet` in a checkout: npm would install the whole package a second time
 * into its cache first, which takes a minute.
 */
export function programOf({ script, folder, env }: Call): string {
  const onPath = (env['PATH'] ?? '').split(':').includes(STAND_IN_FOLDER)
  if (onPath) return 'sublet'
  if (basename(script) === 'sublet.js') {
    // `npm start` runs in the package's folder, and INIT_CWD is where its reader is.
    const from = resolve(folder, env['INIT_CWD'] ?? '.')
    const path = relative(from, resolve(folder, script))
    return `node ${quoteIfNeeded(path.startsWith('..') ? resolve(folder, script) : path)}`
  }
  return script.includes('/node_modules/.bin/') ? 'npx sublet' : 'sublet'
}

/** What can be done with a running lab; 80 columns wide where the program's and the folder's names allow. */
export function nextSteps(stateDir: string | undefined, call: Call = thisCall()): string {
  const flag = stateDir === undefined ? '' : ` --state-dir ${quoteIfNeeded(stateDir)}`
  const steps: readonly (readonly [command: string, what: string])[] = [
    [`eval "$(${programOf(call)} lab env${flag})"`, 'kubectl, docker and sublet work on it'],
    ['kubectl get pods -A', 'the host (--context: the vclusters)'],
    ['docker ps', 'all tenants’: what a socket shows'],
    ['sublet lab compare', 'measures the remedies (--json)'],
    ['sublet lab status', 'what runs, in how much memory'],
    ['sublet lab down', 'stops it and removes all of it'],
  ]
  const width = Math.max(...steps.map(([command]) => command.length)) + 2
  const lines = steps.map(([command, what]) => `  ${command.padEnd(width)}${what}`)
  return `\nThe lab is running. How to go on:\n${lines.join('\n')}\n`
}
