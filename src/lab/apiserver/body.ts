import type { IncomingMessage } from 'node:http'
import { SubletError, readAll } from '../../core/index.ts'
import { duplicateFields } from './duplicate-fields.ts'
import { PROTOBUF_TYPE, decodeProtobuf } from './protobuf/index.ts'
import { refusals } from './refusals.ts'

/** A kube-apiserver's limit for one request. */
const MAX_BODY_BYTES = 3 * 1024 * 1024

const JSON_TYPES = new Set([
  '',
  'application/json',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
])
const YAML_TYPES = new Set(['application/yaml', 'text/yaml', 'application/apply-patch+yaml'])
const ACCEPTED = ['application/json', 'application/yaml', PROTOBUF_TYPE]

/** The media type of a request's body: lower case, no parameters. */
export function contentTypeOf(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

/** A parsed body, and the fields that its text has twice. */
export interface Body {
  readonly value: unknown
  readonly duplicates: readonly string[]
}

/** Reads and parses a body: JSON, YAML or protobuf; no value when there is none. Throws the API's own refusals. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const bytes = await readBytes(request)
  if (bytes.length === 0) return { value: undefined, duplicates: [] }
  const type = contentTypeOf(request)
  const text = type === PROTOBUF_TYPE ? '' : bytes.toString()
  // What is written as YAML may be JSON, and kubectl's is.
  if (YAML_TYPES.has(type) && !/^\s*\{/.test(text)) {
    return { value: await parseYaml(text), duplicates: [] }
  }
  if (type === PROTOBUF_TYPE) return { value: parseProtobuf(bytes), duplicates: [] }
  // Patches of other types are refused by PATCH itself, which knows what it takes.
  const isKnown = JSON_TYPES.has(type) || YAML_TYPES.has(type)
  if (!isKnown && request.method !== 'PATCH') throw refusals.unsupportedMediaType(ACCEPTED)
  if (!isKnown) return { value: undefined, duplicates: [] }
  try {
    const value = JSON.parse(text) as unknown
    return { value, duplicates: duplicateFields(text) }
  } catch (error) {
    if (YAML_TYPES.has(type)) return { value: await parseYaml(text), duplicates: [] }
    throw refusals.badRequest(`the object provided is unrecognized: ${(error as Error).message}`)
  }
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > MAX_BODY_BYTES) throw refusals.tooLarge(MAX_BODY_BYTES)
  try {
    return await readAll(request, MAX_BODY_BYTES)
  } catch (error) {
    if (error instanceof SubletError && error.code === 'E_TOO_LARGE') {
      throw refusals.tooLarge(MAX_BODY_BYTES)
    }
    throw refusals.badRequest('the body of the request could not be read')
  }
}

async function parseYaml(text: string): Promise<unknown> {
  const { parse } = await import('yaml')
  try {
    return parse(text, { maxAliasCount: 100 }) as unknown
  } catch (error) {
    throw refusals.badRequest(`error parsing YAML: ${(error as Error).message}`)
  }
}

function parseProtobuf(bytes: Buffer): unknown {
  let value: unknown
  try {
    value = decodeProtobuf(bytes)
  } catch (error) {
    throw refusals.badRequest(`error parsing protobuf: ${(error as Error).message}`)
  }
  if (value === undefined) throw refusals.unsupportedMediaType(['application/json'])
  return value
}
