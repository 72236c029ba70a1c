import { lookup, reverse } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { KubeletConfig } from '../config.ts'
import { LOOKUP_BUDGET_MS } from '../limits.ts'

export interface Candidate {
  readonly scheme: 'https' | 'http'
  readonly base: string
}

/** Name lookups; a failure is an empty list. */
export interface Lookups {
  addressesOf(name: string): Promise<readonly string[]>
  namesOf(address: string): Promise<readonly string[]>
  /** The host name that Docker reports, if there is Docker. */
  dockerHostName(): Promise<string | undefined>
}

/**
 * Where the kubelet may be, best first: HTTPS to every address, HTTPS to every name, then HTTP alike. Lookups happen
 * only when the candidates before them did not do. Source: pkg/util/kubernetes/kubelet/kubelet_hosts.go
 */
export async function* kubeletCandidates(
  config: KubeletConfig,
  lookups: Lookups,
): AsyncGenerator<Candidate, void, undefined> {
  const { host, httpsPort, httpPort } = config
  const addresses: string[] = []
  const names: string[] = []
  const add = (to: string[], found: readonly string[]): string[] => {
    const fresh = found.filter((one) => one !== '' && !to.includes(one))
    to.push(...fresh)
    return fresh
  }
  const https = (hosts: readonly string[]): Candidate[] =>
    httpsPort > 0
      ? hosts.map((at) => ({ scheme: 'https', base: baseUrl('https', at, httpsPort) }))
      : []
  if (host !== '' && isIP(host) !== 0) yield* https(add(addresses, [host]))
  else if (host !== '') {
    add(names, [host])
    yield* https(add(addresses, await lookups.addressesOf(host)))
  }
  const dockerName = (await lookups.dockerHostName()) ?? ''
  if (dockerName !== '') yield* https(add(addresses, await lookups.addressesOf(dockerName)))
  if (isIP(host) !== 0) add(names, await lookups.namesOf(host))
  add(names, [dockerName])
  yield* https(names)
  if (httpPort <= 0) return
  for (const at of [...addresses, ...names])
    yield { scheme: 'http', base: baseUrl('http', at, httpPort) }
}

const baseUrl = (scheme: string, host: string, port: number): string =>
  `${scheme}://${/^[0-9a-f:]+$/i.test(host) ? `[${host}]` : host}:${port}`

/** The system's resolver; all lookups of one search together get two seconds. */
export function systemLookups(dockerHostName: () => Promise<string | undefined>): Lookups {
  const budget = delay(LOOKUP_BUDGET_MS, [] as string[], { ref: false })
  const within = (work: Promise<string[]>): Promise<string[]> =>
    Promise.race([work.catch(() => []), budget])
  return {
    addressesOf: (name) =>
      within(lookup(name, { all: true }).then((found) => found.map((one) => one.address))),
    namesOf: (address) => within(reverse(address)),
    async dockerHostName() {
      const [name] = await within(dockerHostName().then((found) => (found ? [found] : [])))
      return name
    },
  }
}
