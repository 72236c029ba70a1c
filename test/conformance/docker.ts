import { Agent, request } from 'undici'
import type { TargetFacts } from './target-facts.ts'

export interface DockerReply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** A client of the node's Docker, which knows nothing of the code under test. */
export interface Docker extends AsyncDisposable {
  ask(path: string, method?: 'GET' | 'HEAD'): Promise<DockerReply>
  /** The answer's JSON, whatever its status. */
  json<T>(path: string): Promise<T>
}

export function openDocker({ dockerHost }: TargetFacts): Docker {
  const socketPath = dockerHost.replace(/^unix:\/\//, '')
  const dispatcher = new Agent({ connect: { socketPath } })
  const ask: Docker['ask'] = async (path, method = 'GET') => {
    const answer = await request(`http://docker${path}`, { dispatcher, method })
    const text = await answer.body.text()
    return { status: answer.statusCode, headers: answer.headers, text }
  }
  return {
    ask,
    json: async <T>(path: string) => JSON.parse((await ask(path)).text) as T,
    [Symbol.asyncDispose]: () => dispatcher.close(),
  }
}
