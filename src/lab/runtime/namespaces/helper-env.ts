import { DEFAULT_PATH } from '../container.ts'

/** A name that a shell may export without any effect on itself or on the helpers that follow. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
/** What shells, the dynamic linker and the C library take orders from (glibc's "unsecure" variables, POSIX shells, bash). */
const TAKES_EFFECT =
  /^(_sublet_.*|LD_.*|GLIBC_.*|MALLOC_.*|LIBMOUNT_.*|BASH.*|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|NIS_PATH|NLSPATH|RESOLV_HOST_CONF|RES_OPTIONS|TZDIR|IFS|ENV|PPID|UID|EUID|GROUPS|SHELLOPTS|OPTIND|OPTARG|LINENO|RANDOM|SRANDOM|SECONDS|EPOCH.*|HISTCMD|FUNCNAME|DIRSTACK|PIPESTATUS|POSIXLY_CORRECT|PS4|PWD|OLDPWD|_)$/

/**
 * The environment of the helpers that enter a container (`scripts.ts`): the container's variables are only values in it.
 * They are never part of a command line that stays: other users of the machine can read those.
 */
export function helperEnv(
  variables: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const pairs = Object.entries(variables).filter(([name]) => isPossible(name))
  const late = pairs.filter(([name]) => isLate(name))
  const early = pairs.filter(([name]) => !isLate(name))
  const env: Record<string, string> = { PATH: DEFAULT_PATH }
  for (const [name, value] of Object.entries(settings)) env[`_sublet_${name}`] = value
  env['_sublet_env'] = String(early.length)
  env['_sublet_late'] = String(late.length)
  for (const [index, pair] of early.entries()) env[`_sublet_env_${index}`] = pair.join('=')
  for (const [index, pair] of late.entries()) env[`_sublet_late_${index}`] = pair.join('=')
  return env
}

const isLate = (name: string): boolean => !PLAIN_NAME.test(name) || TAKES_EFFECT.test(name)

/** `env` takes a word with `=` in it for a variable, unless it looks like an option. */
const isPossible = (name: string): boolean =>
  name !== '' && !name.startsWith('-') && !/[=\0]/.test(name)
