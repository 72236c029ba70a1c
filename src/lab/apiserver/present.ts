import { apiVersionOf, type KubeObject, type Resource } from '../../kube/index.ts'
import type { Reply } from './context.ts'
import { encoded, type Encoded } from './encoded.ts'
import { isFields, listOf } from './fields.ts'
import type { Kind } from './kinds/index.ts'
import { printerOf } from './printing/index.ts'
import { refusals } from './refusals.ts'
import type { Representation } from './representation.ts'

/** A body: text, or bytes that need not be made again. */
export type Body = string | Buffer

/** An answer in the form that the client asked for. What is no object of the kind stays as it is. */
export function present(kind: Kind, form: Representation, reply: Reply, now: number): Body {
  if (form.as === 'object') return plain(kind, reply)
  const subject = subjectOf(kind, reply)
  if (subject === undefined) return plain(kind, reply)
  checkForm(kind, form, 'items' in subject)
  const objects = 'items' in subject ? subject.items : [subject.object]
  if (form.as === 'table') {
    const { resourceVersion } = objects[0]?.object.metadata ?? {}
    const metadata = 'items' in subject ? subject.metadata : { resourceVersion }
    return tableOf(kind, form, objects, { metadata, now, headers: true })
  }
  if ('object' in subject) return joined(metadataOf(subject.object, form.apiVersion))
  const { apiVersion } = form
  const about = { kind: 'PartialObjectMetadataList', apiVersion, metadata: subject.metadata }
  return listBody(
    about,
    objects.map((object) => metadataOf(object, apiVersion)),
  )
}

function plain({ resource }: Kind, reply: Reply): Body {
  if ('json' in reply) return reply.json
  if ('object' in reply) return reply.object.bytes()
  const about = {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: reply.metadata,
  }
  // Items of a list carry no kind and version of their own.
  return listBody(
    about,
    reply.items.map((each) => ['{', each.item()]),
  )
}

type Subject = Exclude<Reply, { readonly json: string }>

/** The objects of an answer; undefined when it has none of the kind. */
function subjectOf({ resource }: Kind, reply: Reply): Subject | undefined {
  if (!('json' in reply)) return reply
  const { code } = reply
  const value: unknown = JSON.parse(reply.json)
  if (!isFields(value)) return undefined
  const { kind, items, metadata } = value
  if (kind === resource.kind) return { code, object: encoded(value as unknown as KubeObject) }
  if (kind !== `${resource.kind}List` || !isFields(metadata)) return undefined
  const objects = listOf(items) as unknown as KubeObject[]
  return { code, items: objects.map(encoded), metadata }
}

/** Makes a watch's objects in the form that the client asked for. */
export function presentOne(
  kind: Kind,
  form: Representation,
  object: Encoded,
  now: number,
  headers: boolean,
): Buffer {
  if (form.as === 'object') return object.bytes()
  if (form.as === 'metadata') return joined(metadataOf(object, form.apiVersion))
  const { resourceVersion } = object.object.metadata
  return tableOf(kind, form, [object], { metadata: { resourceVersion }, now, headers })
}

type Pieces = readonly (string | Buffer)[]

const joined = (pieces: Pieces): Buffer =>
  Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)))

const metadataOf = (object: Encoded, apiVersion: string): Pieces => [
  `{"kind":"PartialObjectMetadata","apiVersion":${JSON.stringify(apiVersion)},"metadata":`,
  object.metadata(),
  '}',
]

/** A list whose parts are put together without being read. */
function listBody(about: object, items: readonly Pieces[], key = 'items'): Buffer {
  const pieces: (string | Buffer)[] = [JSON.stringify(about).slice(0, -1), `,"${key}":[`]
  let text = ''
  for (const [index, item] of items.entries()) {
    if (index > 0) text += ','
    for (const piece of item) {
      if (typeof piece === 'string') text += piece
      else {
        pieces.push(text, piece)
        text = ''
      }
    }
  }
  return joined([...pieces, text, ']}'])
}

function tableOf(
  kind: Kind,
  form: Representation,
  objects: readonly Encoded[],
  about: { readonly metadata: unknown; readonly now: number; readonly headers: boolean },
): Buffer {
  const printer = printerOf(kind)
  const head = {
    kind: 'Table',
    apiVersion: form.apiVersion,
    metadata: about.metadata,
    columnDefinitions: about.headers ? printer.columns : null,
  }
  const rows = objects.map((each): Pieces => {
    const cells = JSON.stringify(printer.cells(each.object, about.now))
    const conditions = printer.conditions?.(each.object) ?? []
    const more = conditions.length > 0 ? `,"conditions":${JSON.stringify(conditions)}` : ''
    return [`{"cells":${cells}${more},"object":`, ...shownObject(kind, form, each), '}']
  })
  return listBody(head, rows, 'rows')
}

function shownObject({ resource }: Kind, form: Representation, object: Encoded): Pieces {
  switch (form.includeObject) {
    case 'None':
      return ['null']
    case 'Metadata':
      return metadataOf(object, form.apiVersion)
    case 'Object': {
      const about = { kind: resource.kind, apiVersion: apiVersionOf(resource) }
      return [`${JSON.stringify(about).slice(0, -1)},`, object.item()]
    }
  }
}

/** Metadata of one object is no form of a list, nor the other way round. */
function checkForm({ resource, custom }: Kind, form: Representation, isList: boolean): void {
  if (form.as !== 'metadata' || form.ofList === isList) return
  const type = goType(resource, custom !== undefined, isList)
  throw refusals.notThatForm(
    isList
      ? `you requested PartialObjectMetadata, but the requested object is a list (${type})`
      : `you requested PartialObjectMetadataList, but the requested object is not a list (${type})`,
  )
}

/** As Go prints the type of what the server holds: `*core.PodList`. */
function goType({ group, kind }: Resource, isCustom: boolean, isList: boolean): string {
  const list = isList ? 'List' : ''
  if (isCustom) return `*unstructured.Unstructured${list}`
  return `*${group === '' ? 'core' : (group.split('.', 1)[0] ?? '')}.${kind}${list}`
}
