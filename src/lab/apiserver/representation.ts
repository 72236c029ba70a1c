import { PROTOBUF_TYPE } from './protobuf/index.ts'
import { refusals } from './refusals.ts'

/** In which form a client wants what it asked for (`Accept: application/json;as=Table;g=meta.k8s.io;v=v1`). */
export interface Representation {
  readonly encoding: 'json' | 'yaml'
  readonly as: 'object' | 'table' | 'metadata'
  /** Of metadata: whether it is that of a list. */
  readonly ofList: boolean
  /** `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`, for tables and metadata. */
  readonly apiVersion: string
  /** What of an object a row of a table carries. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
}

const PLAIN: Representation = {
  encoding: 'json',
  as: 'object',
  ofList: false,
  apiVersion: '',
  includeObject: 'Metadata',
}

/** What a kube-apiserver names; protobuf is not written here. */
const ACCEPTED = ['application/json', 'application/yaml', PROTOBUF_TYPE]
const ENCODINGS: Readonly<Record<string, Representation['encoding']>> = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  'application/yaml': 'yaml',
}
const FORMS: Readonly<Record<string, Representation['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
}

/** One part of an Accept header. */
export interface AcceptedType {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
}

/** The parts of an Accept header, the most wanted first. */
export function readAccept(header: string | undefined): AcceptedType[] {
  const parts = (header ?? '').split(',').map((part) => {
    const [type = '', ...rest] = part.split(';').map((one) => one.trim())
    const parameters = new Map(
      rest.map((one) => {
        const [key = '', value = ''] = one.split('=')
        return [key.toLowerCase(), value]
      }),
    )
    return { type: type.toLowerCase(), parameters }
  })
  const weight = ({ parameters }: AcceptedType): number => Number(parameters.get('q') ?? 1)
  return parts
    .filter((part) => part.type !== '' && weight(part) > 0)
    .sort((a, b) => weight(b) - weight(a))
}

/** Chooses the first form of the Accept header that is served. Throws NotAcceptable when none is. */
export function negotiate(header: string | undefined, query: URLSearchParams): Representation {
  const wanted = readAccept(header)
  if (wanted.length === 0) return PLAIN
  for (const { type, parameters } of wanted) {
    const encoding = ENCODINGS[type]
    if (encoding === undefined) continue
    const form = parameters.get('as')
    if (form === undefined) return { ...PLAIN, encoding }
    const as = FORMS[form]
    const version = parameters.get('v') ?? ''
    const isServed = parameters.get('g') === 'meta.k8s.io' && /^v1(beta1)?$/.test(version)
    if (as === undefined || !isServed) continue
    const apiVersion = `meta.k8s.io/${version}`
    const ofList = form.endsWith('List')
    return { encoding, as, ofList, apiVersion, includeObject: includeOf(query) }
  }
  // Go's router refuses first what no path has.
  const isServed = wanted.some(({ type }) => type in ENCODINGS || type === PROTOBUF_TYPE)
  if (!isServed) throw refusals.notRouted(406, 'NotAcceptable', 'Not Acceptable')
  throw refusals.notAcceptable(ACCEPTED)
}

function includeOf(query: URLSearchParams): Representation['includeObject'] {
  const value = query.get('includeObject') ?? ''
  if (value === '') return 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw refusals.badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`,
  )
}
