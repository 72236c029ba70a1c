/**
 * Builds the programs into `dist/`, Sublet's own modules and its libraries' together in a few files: the lab starts dozens
 * of processes, and loading takes Node a third of a millisecond for every file. Types are looked at by
 * `npm run typecheck`. The libraries in package.json's `dependencies` stay outside: they read files of their own.
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { BuildOptions, OutputBundle, Plugin, RolldownOptions } from 'rolldown'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly engines: { readonly node: string }
  readonly dependencies: Readonly<Record<string, string>>
}

const root = import.meta.dirname
const { dependencies, engines } = readManifest(root)
const standIns = 'src/lab/runtime/standins'

/** What holds for any program made of `src/`. */
export const anyProgram: RolldownOptions = {
  cwd: root,
  platform: 'node',
  // Modules before CommonJS: what a program does not use is left out, and @peculiar/x509 loads in half the time.
  resolve: { mainFields: ['module', 'main'] },
  external: Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`)),
  transform: { target: `node${engines.node.replace('>=', '')}` },
}

const config: BuildOptions = {
  ...anyProgram,
  input: {
    sublet: 'src/cli/main.ts',
    nginx: `${standIns}/nginx.ts`,
    'cluster-agent': `${standIns}/cluster-agent/main.ts`,
  },
  output: { dir: 'dist', chunkFileNames: 'parts/[name].js' },
  plugins: [licenses(), onlyThis()],
}

export default config

/** Puts the licenses of what is built in beside it, as they demand of copies. */
function licenses(): Plugin {
  return {
    name: 'licenses',
    generateBundle(_options, bundle) {
      const texts = packageFolders(bundle).map(licenseText)
      const source = `Built into these files:\n\n${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
      this.emitFile({ type: 'asset', fileName: 'LICENSES.txt', source })
    },
  }
}

/** Removes what an earlier build has left, afterwards: a lab that runs meanwhile misses no file. */
function onlyThis(): Plugin {
  return {
    name: 'only-this',
    writeBundle({ dir = 'dist' }, bundle) {
      for (const file of readdirSync(join(root, dir), { recursive: true, withFileTypes: true })) {
        const path = join(file.parentPath, file.name)
        const isBuilt = relative(join(root, dir), path) in bundle
        if (file.isFile() && !isBuilt) rmSync(path)
      }
    },
  }
}

function packageFolders(bundle: OutputBundle): readonly string[] {
  const ids = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/
  return [...new Set(ids.flatMap((id) => folder.exec(id) ?? []))].toSorted()
}

function licenseText(folder: string): string {
  const { name, version, license } = readManifest(folder)
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, ...texts].join('\n\n')
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
