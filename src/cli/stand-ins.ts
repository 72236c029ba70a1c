import { Command } from 'commander'
import { SubletError } from '../core/index.ts'

/** Flags that take no value, or one after `=`: Go's flag packages read `--connect false` as `--connect` and a word. */
type BooleanFlags = readonly string[]

/** Writes `--connect` as `--connect=true`, so that no word after it is taken for its value. */
export function spellBooleans(argv: readonly string[], flags: BooleanFlags): string[] {
  const end = argv.indexOf('--')
  return argv.map((word, at) =>
    flags.includes(word) && (end === -1 || at < end) ? `${word}=true` : word,
  )
}

/** What such a flag means. Throws E_USAGE for anything but `true` and `false`. */
export function isTrue(value: string | undefined, byDefault: boolean): boolean {
  if (value === undefined) return byDefault
  if (/^(true|t|1)$/i.test(value)) return true
  if (/^(false|f|0)$/i.test(value)) return false
  throw new SubletError('E_USAGE', `${JSON.stringify(value)} is neither true nor false`)
}

/** Says what a stand-in does not do. */
export function refuse(tool: string, what: string, instead: string): SubletError {
  return new SubletError('E_USAGE', `the lab's ${tool} does not know ${what}`, { hint: instead })
}

/** A stand-in's program, with what it says of commands and flags that it lacks. */
export function standInProgram(name: string, about: string): Command {
  return new Command(name)
    .description(`${about}\nA stand-in for the lab; docs/lab.md says what it knows.`)
    .showHelpAfterError(
      `The lab's ${name} is a stand-in: see \`${name} --help\` and docs/lab.md, "Runbooks and stand-ins".`,
    )
    .exitOverride()
}
