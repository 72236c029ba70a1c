import type { ServerResponse } from 'node:http'
import type { PlainAnswer } from './plain-paths.ts'
import type { Representation } from './representation.ts'

/** Sends an answer; 304 without a body when the client has what is named by `ifNoneMatch` already. */
export function sendPlain(
  response: ServerResponse,
  answer: PlainAnswer,
  ifNoneMatch?: string,
): void {
  const { code, contentType, body, headers = {} } = answer
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  const etag = headers['ETag']
  if (etag !== undefined && ifNoneMatch?.split(/,\s*/).includes(etag)) {
    response.writeHead(304).end()
    return
  }
  send(response, code, contentType, body)
}

export function sendJson(response: ServerResponse, code: number, json: string): void {
  send(response, code, 'application/json', json)
}

/** JSON as the client wants it: as it is, or as YAML. */
export async function sendEncoded(
  response: ServerResponse,
  code: number,
  json: string | Buffer,
  encoding: Representation['encoding'],
): Promise<void> {
  if (encoding === 'json') {
    send(response, code, 'application/json', json)
    return
  }
  const { stringify } = await import('yaml')
  send(response, code, 'application/yaml', stringify(JSON.parse(String(json))))
}

function send(
  response: ServerResponse,
  code: number,
  contentType: string,
  content: string | Buffer,
): void {
  const body = typeof content === 'string' ? Buffer.from(content) : content
  response.writeHead(code, {
    ...(response.hasHeader('Cache-Control') ? {} : { 'Cache-Control': 'no-cache, private' }),
    'Content-Type': contentType,
    'Content-Length': body.length,
  })
  response.end(body)
}
