import { FIELD_NUMBERS } from './field-numbers.ts'

/** What a field holds: a scalar, a form of Kubernetes' own, or the name of a message. */
export type ValueType = string

export interface Field {
  readonly name: string
  readonly type: ValueType
  readonly shape: 'one' | 'list' | 'map' | 'inline'
}

export type Message = ReadonlyMap<number, Field>

/** Lines by message; made when protobuf is first read. */
let lines: Map<string, string> | undefined
const parsed = new Map<string, Message>()

function lineOf(message: string): string | undefined {
  lines ??= new Map(
    FIELD_NUMBERS.trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), line]),
  )
  return lines.get(message)
}

/** The fields of a message by their numbers; undefined when there is no such message. */
export function messageOf(name: string): Message | undefined {
  const known = parsed.get(name)
  if (known !== undefined) return known
  const line = lineOf(name)
  if (line === undefined) return undefined
  const message = new Map(line.split(' ').slice(1).map(readField))
  parsed.set(name, message)
  return message
}

function readField(text: string): [number, Field] {
  const [number = '', name = '', written = ''] = text.split(':')
  const shapes = { '[]': 'list', '{}': 'map' } as const
  const prefix = written.slice(0, 2)
  if (prefix === '[]' || prefix === '{}') {
    return [Number(number), { name, type: written.slice(2), shape: shapes[prefix] }]
  }
  const isInline = written.startsWith('=')
  const type = isInline ? written.slice(1) : written
  return [Number(number), { name, type, shape: isInline ? 'inline' : 'one' }]
}

/** The message of a kind: `apps/v1 Deployment` is `apps.v1.Deployment`. DeleteOptions belong to every group. */
export function messageName(apiVersion: string, kind: string): string {
  if (kind === 'DeleteOptions') return 'meta.DeleteOptions'
  const [group = '', version] = apiVersion.split('/')
  const [first = ''] = group.split('.')
  return version === undefined ? `core.${group}.${kind}` : `${first}.${version}.${kind}`
}

/** runtime.Unknown: what every object is wrapped in. */
export const ENVELOPE: Message = new Map([
  [1, { name: 'typeMeta', type: 'envelope.TypeMeta', shape: 'one' }],
  [2, { name: 'raw', type: 'bytes', shape: 'one' }],
])
parsed.set(
  'envelope.TypeMeta',
  new Map([
    [1, { name: 'apiVersion', type: '', shape: 'one' }],
    [2, { name: 'kind', type: '', shape: 'one' }],
  ]),
)
