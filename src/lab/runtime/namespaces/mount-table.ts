import { readFileSync, statSync } from 'node:fs'
import { SubletError } from '../../../core/index.ts'

/** One line of the table that `mount --all --fstab` works off. */
export interface TableLine {
  readonly source: string
  /** On the machine: below the container's root directory. */
  readonly target: string
  readonly type: string
  readonly options: readonly string[]
  /** The source is in the container too. */
  readonly isOwn?: boolean
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
    mountinfo = readOnly ? ownMounts() : '',
  }: {
    readonly readOnly?: boolean
    readonly whole?: boolean
    /** For those who have read it already. */
    readonly mountinfo?: string
  } = {},
): TableLine {
  const kept = readOnly ? ['ro', ...keptFlags(source, mountinfo)] : []
  const options = [whole ? 'rbind' : 'bind', ...kept]
  return { source, target, type: 'none', options }
}

/**
 * Folders laid over one another, the first on top; nothing can be written. The kernel separates them with colons, the table
 * its options with commas: such paths are refused.
 */
export function overlay(layers: readonly string[], target: string): TableLine {
  refuseOdd(layers)
  return overlayLine(target, 'ro', `lowerdir=${layers.join(':')}`)
}

/** A folder laid over another one: what is written goes to `upper`. `work`: an empty folder beside it, for the kernel. */
export function writableOverlay(
  { upper, work, lower }: Readonly<Record<'upper' | 'work' | 'lower', string>>,
  target: string,
  isRoot: boolean,
): TableLine {
  refuseOdd([upper, work, lower])
  // `volatile`: else a container's end would wait until all that anybody has written on the machine's disk is really there.
  // It leaves something in `work` that only root can remove. `userxattr`: what was removed is noted as not only root may.
  const more = isRoot ? ['volatile'] : ['userxattr']
  const layers = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`]
  return overlayLine(target, ...layers, ...more)
}

function refuseOdd(layers: readonly string[]): void {
  const odd = layers.find((path) => /[:,\\"]/.test(path))
  if (odd === undefined) return
  throw new SubletError('E_RUNTIME', `mounts cannot be placed below ${odd}: it has : or , in it`)
}

const overlayLine = (target: string, ...options: readonly string[]): TableLine => ({
  source: 'overlay',
  target,
  type: 'overlay',
  options,
})

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

/** The mounts that this process sees, as the kernel tells them (proc(5)). */
export const ownMounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8')

export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
