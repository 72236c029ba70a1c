import { messageOf } from '../../go-errors.ts'
import { PREFIX, type Provider } from './provider.ts'

const CHECK = `${PREFIX}kubelet.check`
const OK = 0
const CRITICAL = 2

/** `/healthz?verbose`: a service check for each line `[+]name …`, and one for all. A refusal is data, not an error. */
export const health: Provider = {
  name: 'health',
  async run({ client, sender, signal, instance }) {
    let answer: { status: number; body: string }
    try {
      answer = await client.get('/healthz?verbose', signal, {
        timeoutMs: instance.timeoutMs,
      })
    } catch (error) {
      signal.throwIfAborted()
      sender.serviceCheck(CHECK, CRITICAL, [], `Kubelet health check failed: ${messageOf(error)}`)
      throw error
    }
    let healthy = answer.status === 200
    for (const [, mark, name] of answer.body.matchAll(/\[(.)\]([^\s]+) (.*)?/g)) {
      const ok = mark === '+'
      healthy &&= ok
      sender.serviceCheck(`${CHECK}.${name ?? ''}`, ok ? OK : CRITICAL, [], '')
    }
    const failed = `Kubelet health check failed, http response code = ${answer.status}`
    sender.serviceCheck(CHECK, healthy ? OK : CRITICAL, [], healthy ? '' : failed)
  },
}
