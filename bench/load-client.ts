import { Agent, request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** What the client is told on its standard input. */
export interface Load {
  readonly port: number
  readonly ca: string
  /** One for each tenant; they take turns. */
  readonly tokens: readonly string[]
  readonly path: string
  readonly perSecond: number
  readonly seconds: number
}

/** Requests before those that are measured. */
export const WARM_UP = 1_000

/** What it prints. Milliseconds from when a request was due until its last byte. */
export interface LoadResult {
  readonly requests: number
  readonly errors: number
  readonly p50: number
  readonly p99: number
  readonly most: number
}

/**
 * Requests at a fixed rate over kept-alive TLS, whatever the answers do. A process of its own: what a kubelet's and the
 * tenants' API servers do beside it is not counted as the gateway's time.
 */
async function run({ port, ca, tokens, path, perSecond, seconds }: Load): Promise<LoadResult> {
  const agents = tokens.map(() => new Agent({ keepAlive: true, maxSockets: 4 }))
  const ask = (i: number): Promise<boolean> =>
    new Promise((resolve) => {
      const headers = {
        authorization: `Bearer ${tokens[i % tokens.length] ?? ''}`,
        'accept-encoding': 'gzip',
      }
      const agent = agents[i % agents.length]
      httpsRequest({ host: '127.0.0.1', port, ca, path, agent, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode === 200))
        response.on('error', () => resolve(false))
      })
        .on('error', () => resolve(false))
        .end()
    })
  // Connections, caches and compiled code, as in a gateway that has been there for some time.
  for (let i = 0; i < WARM_UP; i += 4) await Promise.all([0, 1, 2, 3].map((more) => ask(i + more)))

  const total = perSecond * seconds
  const times: number[] = []
  let errors = 0
  const pending: Promise<void>[] = []
  const start = performance.now()
  const dueOf = (i: number): number => start + (i * 1_000) / perSecond
  for (let i = 0; i < total; i++) {
    const wait = dueOf(i) - performance.now()
    if (wait > 0) await sleep(wait)
    const due = dueOf(i)
    const asked = ask(i).then((isGood) => {
      times.push(performance.now() - due)
      if (!isGood) errors++
    })
    pending.push(asked)
  }
  await Promise.all(pending)
  for (const agent of agents) agent.destroy()
  times.sort((a, b) => a - b)
  const at = (part: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0
  return { requests: total, errors, p50: at(0.5), p99: at(0.99), most: at(1) }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await run(JSON.parse(await text(process.stdin)) as Load)))
}
