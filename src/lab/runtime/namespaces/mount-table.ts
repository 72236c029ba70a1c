import { readFileSync, statSync } from 'node:fs'
import { SubletError } from '../../../core/index.ts'

/** One line of the table that `mount --all --fstab` works off. */
export interface TableLine {
  readonly source: string
  /** On the machine: below the container's root directory. */
  readonly target: string
  readonly type: string
  readonly options: readonly string[]
}

/** As fstab(5) has it: white space and backslashes in octal. */
export function tableText(lines: readonly TableLine[]): string {
  return lines
    .map(
      ({ source, target, type, options }) =>
        `${escape(source)} ${escape(target)} ${type} ${escape(options.join(','))} 0 0\n`,
    )
    .join('')
}

function escape(field: string): string {
  return field.replaceAll(
    /[\s\\#]/g,
    (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
}

/**
 * Shows a file or folder at another place too. Of the machine's folders what is mounted below them is shown as well: in a
 * user namespace the kernel would not show them without.
 */
export function bind(
  source: string,
  target: string,
  {
    readOnly = false,
    whole = false,
  }: { readonly readOnly?: boolean; readonly whole?: boolean } = {},
): TableLine {
  const options = [whole ? 'rbind' : 'bind', ...(readOnly ? ['ro', ...keptFlags(source)] : [])]
  return { source, target, type: 'none', options }
}

/**
 * Folders laid over one another, the first on top; nothing can be written. The kernel separates them with colons, the table
 * its options with commas: such paths are refused.
 */
export function overlay(layers: readonly string[], target: string): TableLine {
  const odd = layers.find((path) => /[:,\\"]/.test(path))
  if (odd !== undefined) {
    throw new SubletError('E_RUNTIME', `mounts cannot be placed below ${odd}: it has : or , in it`)
  }
  const options = ['ro', `lowerdir=${layers.join(':')}`]
  return { source: 'overlay', target, type: 'overlay', options }
}

/**
 * Restrictions of the mount that a path is on. In a user namespace they cannot be taken off, and a mount that shall become
 * read-only has to name them again.
 */
export function keptFlags(path: string, mountinfo: string = ownMounts()): readonly string[] {
  let best = { length: -1, options: [] as readonly string[] }
  for (const line of mountinfo.split('\n')) {
    const [, , , , place = '', options = ''] = line.split(' ')
    const point = place.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(parseInt(octal, 8)),
    )
    const isAbove = point === '/' || path === point || path.startsWith(`${point}/`)
    if (place !== '' && isAbove && point.length >= best.length) {
      best = { length: point.length, options: options.split(',') }
    }
  }
  return best.options.filter((option) => ['nosuid', 'nodev', 'noexec'].includes(option))
}

const ownMounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8')

export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
