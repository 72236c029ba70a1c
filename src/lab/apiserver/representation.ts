import { refusals } from './refusals.ts'

/** In which form a client wants what it asked for (`Accept: application/json;as=Table;g=meta.k8s.io;v=v1`). */
export interface Representation {
  readonly encoding: 'json' | 'yaml'
  readonly as: 'object' | 'table' | 'metadata'
  /** `meta.k8s.io/v1` or `meta.k8s.io/v1beta1`, for tables and metadata. */
  readonly apiVersion: string
  /** What of an object a row of a table carries. */
  readonly includeObject: 'None' | 'Metadata' | 'Object'
}

const PLAIN: Representation = {
  encoding: 'json',
  as: 'object',
  apiVersion: '',
  includeObject: 'Metadata',
}

const ACCEPTED = ['application/json', 'application/yaml']
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
    return { encoding, as, apiVersion, includeObject: includeOf(query) }
  }
  throw refusals.notAcceptable(ACCEPTED)
}

function includeOf(query: URLSearchParams): Representation['includeObject'] {
  const value = query.get('includeObject') ?? ''
  if (value === '') return 'Metadata'
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value
  throw refusals.badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`)
}
