import { basename } from 'node:path'
import { simpleCommands, type SimpleCommand } from './simple-commands.ts'

/** Tells commands that download or install tools from those that the runbook is about. Remembers what was downloaded. */
export interface InstallFinder {
  /** Why the command is to be skipped, or undefined. */
  find(command: string): string | undefined
}

/** With whatever they are asked. */
const MANAGERS = ['brew', 'apt', 'apt-get', 'apk', 'choco', 'winget', 'snap', 'port']
/** With these words only. */
const INSTALLERS: Readonly<Record<string, readonly string[]>> = {
  dnf: ['install', 'update', 'upgrade'],
  yum: ['install', 'update', 'upgrade'],
  zypper: ['install', 'in'],
  pacman: ['-S', '-Sy', '-Syu'],
  pip: ['install'],
  pip3: ['install'],
  pipx: ['install'],
  npm: ['install', 'i'],
  gem: ['install'],
  go: ['install'],
  cargo: ['install'],
}
const PLACERS = ['install', 'mv', 'cp', 'ln']
const LOADERS = ['curl', 'wget']
const SHELLS = ['sh', 'bash', 'zsh', 'tar', 'gunzip']
/** Where tools are put. */
const TOOL_FOLDER =
  /^(\/usr(\/local)?\/s?bin|\/opt|\/usr\/local|~\/\.local\/bin|\$HOME\/\.local\/bin)(\/|$)/

export function createInstallFinder(): InstallFinder {
  const loaded = new Set<string>()
  return {
    find(command) {
      const simple = simpleCommands(command).map(withoutPrefixes)
      const files = simple.flatMap(({ words }) => downloadedFiles(words))
      const why =
        simple.map((one, at) => reason(one, simple[at + 1])).find((text) => text !== undefined) ??
        (simple.some(({ words }) => words.some((word) => loaded.has(basename(word))))
          ? 'works on a file that was not downloaded'
          : undefined)
      if (why !== undefined) for (const file of files) loaded.add(file)
      return why
    },
  }
}

/** Without `sudo`, `env` and assignments. */
function withoutPrefixes(command: SimpleCommand): SimpleCommand {
  const words = [...command.words]
  while (/^(sudo|env|command|-E|[A-Za-z_]\w*=.*)$/.test(words[0] ?? '')) words.shift()
  return { ...command, words }
}

function reason(
  { words, pipesOn }: SimpleCommand,
  next: SimpleCommand | undefined,
): string | undefined {
  const [first = '', second = ''] = words
  const program = basename(first)
  const isInstaller = INSTALLERS[program]?.includes(second) === true
  if (isInstaller || MANAGERS.includes(program)) return `installs with ${program}`
  if (downloadedFiles(words).length > 0) return 'downloads a file'
  const reader = pipesOn ? basename(next?.words[0] ?? '') : ''
  if (LOADERS.includes(program) && SHELLS.includes(reader)) return 'downloads and installs'
  return placesTool(program, words.at(-1) ?? '')
}

const placesTool = (program: string, target: string): string | undefined =>
  PLACERS.includes(program) && TOOL_FOLDER.test(target) ? `installs into ${target}` : undefined

/** The files that curl or wget would leave here; an answer that is only shown is none. */
function downloadedFiles(words: readonly string[]): string[] {
  const [program = ''] = words
  if (!LOADERS.includes(basename(program))) return []
  const urls = words.filter((word) => /^https?:\/\//.test(word))
  const isOutside = urls.some((url) => !/^https?:\/\/(localhost|127\.|\$|\[)/.test(url))
  if (!isOutside) return []
  const names = urls.map((url) => basename(url.replace(/[?#].*$/, '')))
  if (basename(program) === 'wget') return names
  const at = words.findIndex((word) => /^(-[a-zA-Z]*o|--output)$/.test(word))
  const chosen = at === -1 ? undefined : words[at + 1]
  if (chosen !== undefined)
    return chosen === '/dev/null' || chosen === '-' ? [] : [basename(chosen)]
  return words.some((word) => /^(-[a-zA-Z]*O[a-zA-Z]*|--remote-name(-all)?)$/.test(word))
    ? names
    : []
}
