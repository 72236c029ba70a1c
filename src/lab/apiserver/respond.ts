import type { ServerResponse } from 'node:http'
import type { PlainAnswer } from './plain-paths.ts'
import type { Representation } from './representation.ts'

export function sendPlain(response: ServerResponse, answer: PlainAnswer): void {
  send(response, answer.code, answer.contentType, answer.body)
}

export function sendJson(response: ServerResponse, code: number, json: string): void {
  send(response, code, 'application/json', json)
}

/** JSON as the client wants it: as it is, or as YAML. */
export async function sendEncoded(
  response: ServerResponse,
  code: number,
  json: string,
  encoding: Representation['encoding'],
): Promise<void> {
  if (encoding === 'json') {
    sendJson(response, code, json)
    return
  }
  const { stringify } = await import('yaml')
  send(response, code, 'application/yaml', stringify(JSON.parse(json)))
}

function send(response: ServerResponse, code: number, contentType: string, text: string): void {
  const body = Buffer.from(text)
  response.writeHead(code, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': contentType,
    'Content-Length': body.length,
  })
  response.end(body)
}
