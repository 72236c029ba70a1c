import type { AskOptions, Reply } from './ask.ts'
import { namesOf, normal, normalText, without } from './normal.ts'
import type { Target } from './target.ts'
import { loadKubeconfig } from '../../src/kube/index.ts'

/** One request to the API server; `{ns}` and `{node}` in its path stand for the case's namespace and the node. */
export interface Exchange {
  readonly title: string
  readonly method?: string
  readonly path: string
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown
  /** Content type; default application/json. */
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Keeps what is otherwise left out of the comparison. */
  readonly keep?: 'managedFields'
}

export const MERGE = 'application/merge-patch+json'
export const JSON_PATCH = 'application/json-patch+json'
export const STRATEGIC = 'application/strategic-merge-patch+json'
export const APPLY = 'application/apply-patch+yaml'

/** The administrator's client certificate, for requests that the client library would not send. */
export async function adminCredential(target: Target): Promise<Partial<AskOptions>> {
  const { options } = await loadKubeconfig(target.facts.kubeconfig)
  if (options.credential.kind !== 'certificate')
    throw new Error('the administrator has no certificate')
  const { cert, key } = options.credential
  return { cert, key }
}

/** Sends it as somebody (default: nobody); gives what is to be compared of the answer. */
export async function exchange(
  target: Target,
  namespace: string,
  { method = 'GET', path, body, type = 'application/json', headers = {}, keep }: Exchange,
  as: Partial<AskOptions> = {},
  names: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const fill = (text: string): string =>
    text.replaceAll('{ns}', namespace).replaceAll('{node}', target.facts.nodeName)
  const text =
    body === undefined ? undefined : fill(typeof body === 'string' ? body : JSON.stringify(body))
  const reply = await target.api(fill(path), {
    ...as,
    method,
    headers: {
      'user-agent': 'conformance/1',
      ...(text === undefined
        ? {}
        : { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) }),
      ...Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, fill(value)])),
    },
    ...(text === undefined ? {} : { body: text }),
  })
  return told(reply, { ...namesOf(target), [namespace]: 'NAMESPACE', ...names }, keep)
}

/** Status, kind of content, warnings and body. */
export function told(
  reply: Reply,
  names: Readonly<Record<string, string>>,
  keep?: Exchange['keep'],
): unknown {
  const type = reply.headers['content-type']
  const base = { status: reply.status, type }
  const { warning } = reply.headers
  const more = warning === undefined ? base : { ...base, warning }
  if (reply.text === '') return more
  if (type !== 'application/json') return { ...more, body: normalText(reply.text, names) }
  return { ...more, body: normal(trimmed(JSON.parse(reply.text) as Body, keep), names) }
}

interface Body {
  readonly kind?: string
  readonly metadata?: { readonly managedFields?: readonly Managed[] }
  readonly columnDefinitions?: readonly { readonly description: string }[]
  readonly rows?: readonly { readonly cells: readonly unknown[] }[] | null
  readonly status?: unknown
}

interface Managed {
  readonly manager: string
  readonly time?: string
}

function trimmed(body: Body, keep: Exchange['keep']): unknown {
  if (body.kind === 'Table') return trimmedTable(body)
  const { managedFields, ...metadata } = body.metadata ?? {}
  if (keep !== 'managedFields') {
    return body.metadata === undefined ? body : { ...body, metadata }
  }
  // The case's own writers only: controllers write when they like, and the status is theirs.
  const { status, ...rest } = body
  const kept = managedFields
    ?.filter(({ manager }) => ['conformance', 'm', 'n'].includes(manager))
    .map((field) => without(field, 'time'))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  const isObject = typeof status === 'object'
  return {
    ...(isObject ? rest : body),
    metadata: { ...metadata, ...(kept && { managedFields: kept }) },
  }
}

/** The lab shortens what columns are described with; an age depends on the moment. */
function trimmedTable(table: Body): unknown {
  return {
    ...table,
    columnDefinitions: table.columnDefinitions?.map((column) => without(column, 'description')),
    rows: (table.rows ?? []).map(({ cells }) => ({
      cells: cells.map((cell) => (/^(\d+[smhd])+$/.test(String(cell)) ? 'AGE' : cell)),
    })),
  }
}
