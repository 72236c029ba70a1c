import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The folder of this project, which is that of the installed package: the nearest with its manifest above this file,
 * however deep the file is (a source, or one of the built files of `dist/`).
 */
export const PROJECT_FOLDER: string = nearestManifest(dirname(fileURLToPath(import.meta.url)))

/** The program as people start it, and as the lab starts it in containers. */
export const SUBLET_PROGRAM: string = join(PROJECT_FOLDER, 'bin/sublet.js')

let version: string | undefined

/** Of this package, as its manifest says. */
export function readVersion(): string {
  version ??= readManifest(PROJECT_FOLDER)?.version
  return version ?? '0.0.0'
}

function nearestManifest(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (readManifest(folder)?.name === 'sublet') return folder
    // A file that was taken out of its package: whoever needs one of the others will say that it is missing.
    if (folder === dirname(folder)) return from
  }
}

function readManifest(folder: string): { name?: string; version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object
  } catch {
    return undefined
  }
}
