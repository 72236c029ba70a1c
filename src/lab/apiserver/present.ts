import { apiVersionOf, type KubeObject } from '../../kube/index.ts'
import { fieldsOf, isFields, listOf, type Fields } from './fields.ts'
import type { Kind } from './kinds/index.ts'
import { printerOf, type Printer } from './printing/index.ts'
import type { Representation } from './representation.ts'

/** Turns an answer's JSON into the form that the client asked for. What is no object of the kind stays as it is. */
export function present(kind: Kind, form: Representation, json: string, now: number): string {
  if (form.as === 'object') return json
  const value: unknown = JSON.parse(json)
  if (!isFields(value)) return json
  const { kind: name, items, metadata } = value
  const isList = name === `${kind.resource.kind}List` && Array.isArray(items)
  if (!isList && name !== kind.resource.kind) return json
  const objects = (isList ? listOf(items) : [value]) as unknown as KubeObject[]
  if (form.as === 'table') {
    const { resourceVersion } = fieldsOf(metadata)
    const about = isList ? metadata : { resourceVersion }
    return JSON.stringify(tableOf(kind, form, objects, { metadata: about, now, headers: true }))
  }
  const { apiVersion } = form
  if (!isList) return JSON.stringify(metadataOf(value as unknown as KubeObject, apiVersion))
  return JSON.stringify({
    kind: 'PartialObjectMetadataList',
    apiVersion,
    metadata,
    items: objects.map((object) => metadataOf(object, apiVersion)),
  })
}

/** Makes a watch's objects in the form that the client asked for. Only the first table names its columns. */
export function watchPresenter(
  kind: Kind,
  form: Representation,
  now: () => number,
): ((json: string) => string) | undefined {
  if (form.as === 'object') return undefined
  let headers = true
  return (json) => {
    const object = JSON.parse(json) as KubeObject
    if (form.as === 'metadata') return JSON.stringify(metadataOf(object, form.apiVersion))
    const { resourceVersion } = object.metadata
    const table = tableOf(kind, form, [object], {
      metadata: { resourceVersion },
      now: now(),
      headers,
    })
    headers = false
    return JSON.stringify(table)
  }
}

const metadataOf = (object: KubeObject, apiVersion: string): Fields => ({
  kind: 'PartialObjectMetadata',
  apiVersion,
  metadata: object.metadata,
})

function tableOf(
  kind: Kind,
  form: Representation,
  objects: readonly KubeObject[],
  about: { readonly metadata: unknown; readonly now: number; readonly headers: boolean },
): Fields {
  const printer = printerOf(kind)
  return {
    kind: 'Table',
    apiVersion: form.apiVersion,
    metadata: about.metadata,
    columnDefinitions: about.headers ? printer.columns : null,
    rows: objects.map((object) => rowOf(kind, form, printer, object, about.now)),
  }
}

function rowOf(
  kind: Kind,
  form: Representation,
  printer: Printer,
  object: KubeObject,
  now: number,
): Fields {
  const conditions = printer.conditions?.(object) ?? []
  return {
    cells: printer.cells(object, now),
    ...(conditions.length > 0 ? { conditions } : {}),
    object: shownObject(kind, form, object),
  }
}

function shownObject(kind: Kind, form: Representation, object: KubeObject): unknown {
  switch (form.includeObject) {
    case 'None':
      return null
    case 'Metadata':
      return metadataOf(object, form.apiVersion)
    case 'Object': {
      const { resource } = kind
      return { ...object, kind: resource.kind, apiVersion: apiVersionOf(resource) }
    }
  }
}
