import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** What a type and its fields are for, in Kubernetes' own words. */
export interface Descriptions {
  readonly type: string | undefined
  readonly fields: ReadonlyMap<string, string>
}

const NOTHING: Descriptions = { type: undefined, fields: new Map() }

/** Types whose files are not named after their packages. */
const FILES: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1': 'meta/v1',
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1': 'apiextensions/v1',
}

const files = new Map<string, ReadonlyMap<string, Descriptions>>()

/**
 * The descriptions of a schema such as `io.k8s.api.core.v1.PodSpec`. They are the comments of the package
 * kubernetes-types, which has those of Kubernetes 1.30: what came later has none. A file is read when the first of its
 * types is asked for.
 */
export function descriptionsOf(schemaName: string): Descriptions {
  const dot = schemaName.lastIndexOf('.')
  const file = fileOf(schemaName.slice(0, dot))
  if (file === undefined) return NOTHING
  const known = files.get(file) ?? readTypes(readDeclarations(file))
  files.set(file, known)
  return known.get(schemaName.slice(dot + 1)) ?? NOTHING
}

function fileOf(apiPackage: string): string | undefined {
  const [, group, version] = /^io\.k8s\.api\.([a-z]+)\.(v\w+)$/.exec(apiPackage) ?? []
  return FILES[apiPackage] ?? (group === undefined ? undefined : `${group}/${version ?? ''}`)
}

function readDeclarations(file: string): string {
  try {
    const require = createRequire(import.meta.url)
    const folder = dirname(require.resolve('kubernetes-types/package.json'))
    return readFileSync(join(folder, `${file}.d.ts`), 'utf8')
  } catch {
    // A group that the package does not have: its types go without.
    return ''
  }
}

const COMMENT = /^\s*\/\*\* (.*) \*\/$/
const TYPE = /^export interface (\w+)/
const FIELD = /^ {4}(?:readonly )?"?([\w$-]+)"?\??:/

/** Takes the comments out of the declarations of one group and version: generated text, one field a line. */
export function readTypes(text: string): Map<string, Descriptions> {
  const types = new Map<string, Descriptions>()
  let fields = new Map<string, string>()
  let comment: string | undefined
  let open: string[] | undefined
  for (const line of text.split('\n')) {
    if (open !== undefined) {
      if (line.trim() === '*/') {
        comment = open.join('\n')
        open = undefined
      } else open.push(line.replace(/^\s*\* ?/, ''))
      continue
    }
    if (line.trim() === '/**') {
      open = []
      continue
    }
    const said = COMMENT.exec(line)?.[1]
    if (said !== undefined) {
      comment = said
      continue
    }
    const type = TYPE.exec(line)?.[1]
    const field = FIELD.exec(line)?.[1]
    if (type !== undefined) {
      fields = new Map()
      types.set(type, { type: comment, fields })
    } else if (field !== undefined && comment !== undefined) fields.set(field, comment)
    comment = undefined
  }
  return types
}
