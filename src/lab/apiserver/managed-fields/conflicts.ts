import { KubeStatusError, failure } from '../../../kube/index.ts'
import { formatPath, pathsOf } from './field-set.ts'
import type { Manager } from './managers.ts'
import type { FieldConflict } from './update.ts'

/** The refusal of an apply that would take fields from others (apimachinery/pkg/util/managedfields). */
export function applyConflict(conflicts: readonly FieldConflict[]): KubeStatusError {
  const all = conflicts.flatMap(({ manager, fields }) =>
    pathsOf(fields).map((path) => ({ who: describe(manager), path: formatPath(path) })),
  )
  const causes = all.map(({ who, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field: path,
  }))
  return new KubeStatusError(failure(409, 'Conflict', messageOf(all), { causes }))
}

function messageOf(all: readonly { who: string; path: string }[]): string {
  const [first] = all
  if (all.length === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${first.who}: ${first.path}`
  }
  const managers = [...new Set(all.map(({ who }) => who))].sort()
  const lines = managers.flatMap((manager) => [
    `conflicts with ${manager}:`,
    ...all.filter(({ who }) => who === manager).map(({ path }) => `- ${path}`),
  ])
  return `Apply failed with ${all.length} conflicts: ${lines.join('\n')}`
}

function describe({ name, subresource, operation, apiVersion }: Manager): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  const version = operation === 'Update' ? ` using ${apiVersion}` : ''
  return `${JSON.stringify(name)}${part}${version}`
}
