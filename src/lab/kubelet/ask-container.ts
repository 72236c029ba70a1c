import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Container, HTTPGetAction } from '../../kube/index.ts'

/** Where a request to a container goes. */
export interface ContainerAddress {
  readonly isTls: boolean
  readonly host: string
  readonly port: number
  /** Begins with a slash. */
  readonly path: string
}

/** A port of a container by its number or its name. */
export function portOf(port: number | string, { ports = [] }: Pick<Container, 'ports'>): number {
  return ports.find(({ name }) => name === port)?.containerPort ?? Number(port)
}

export function addressOf(
  { host, port, path = '', scheme }: HTTPGetAction,
  container: Container,
  podIp: string,
): ContainerAddress {
  return {
    isTls: scheme?.toUpperCase() === 'HTTPS',
    host: host || podIp,
    port: portOf(port, container),
    path: path.startsWith('/') ? path : `/${path}`,
  }
}

/** Sends what a probe or a hook says, with the headers that it names over `headers`; gives the answer's status. */
export function askContainer(
  { isTls, ...address }: ContainerAddress,
  { httpHeaders = [] }: HTTPGetAction,
  headers: OutgoingHttpHeaders,
  signal: AbortSignal,
): Promise<number> {
  const own = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]))
  const options = { ...address, headers: { ...headers, ...own }, signal }
  return new Promise((resolve, reject) => {
    // The kubelet verifies no certificate of a container.
    const outgoing = (isTls ? httpsRequest : httpRequest)(
      { ...options, agent: false, rejectUnauthorized: false },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}
