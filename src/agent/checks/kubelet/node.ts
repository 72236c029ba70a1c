import { quote } from '../../output/go-format.ts'
import { PREFIX, type Provider } from './provider.ts'

/** `/spec/`, gone since Kubernetes 1.19: the size of the node. A 404 is nothing. */
export const node: Provider = {
  name: 'node',
  async run({ client, sender, signal, instance }) {
    const answer = await client.get('/spec/', signal, { timeoutMs: instance.timeoutMs })
    if (answer.status === 404) return
    const spec = parseGoJson(answer.body) as {
      num_cores?: unknown
      memory_capacity?: unknown
    } | null
    sender.metric('gauge', `${PREFIX}cpu.capacity`, number(spec?.num_cores), [])
    sender.metric('gauge', `${PREFIX}memory.capacity`, number(spec?.memory_capacity), [])
  },
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** JSON, with Go's words for the usual case: a body that is a plain text (`Unauthorized`). */
function parseGoJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const first = text.trimStart()[0]
    if (first === undefined) throw new Error('unexpected end of JSON input', { cause: error })
    if (/[{["\d-]/.test(first))
      throw new Error(`invalid JSON of ${text.length} characters`, { cause: error })
    const shown = quote(first).replace(/^"|"$/g, "'")
    throw new Error(`invalid character ${shown} looking for beginning of value`, { cause: error })
  }
}
