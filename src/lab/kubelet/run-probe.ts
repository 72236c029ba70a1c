import { connect } from 'node:net'
import { describeError } from '../../core/index.ts'
import type { HTTPGetAction } from '../../kube/index.ts'
import { addressOf, askContainer, portOf } from './ask-container.ts'
import type { ContainerRecord } from './container-record.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import { probeGrpc } from './grpc-probe.ts'

export type ProbeResult = 'successful' | 'failed' | 'unknown'
/** A result, and what there is to say of a failed one. */
interface Outcome {
  readonly result: ProbeResult
  readonly output: string
}

/** As a container's spec has it. */
export interface Probe {
  exec?: { command?: string[] }
  httpGet?: HTTPGetAction
  tcpSocket?: { port: number | string; host?: string }
  grpc?: { port: number; service?: string }
  initialDelaySeconds?: number
  periodSeconds?: number
  timeoutSeconds?: number
  successThreshold?: number
  failureThreshold?: number
  /** Of liveness and startup probes: the grace time of the container that they end, instead of the pod's. */
  terminationGracePeriodSeconds?: number
}

/** Probes a container once: exec, httpGet, tcpSocket or grpc. Never rejects. */
export async function runProbe(
  probe: Probe,
  record: ContainerRecord,
  podIp: string,
  runtime: CountedRuntime,
): Promise<Outcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    if (probe.exec && record.info) {
      const { exitCode, stdout, stderr } = await runtime.exec(
        record.info.id,
        probe.exec.command ?? [],
        {
          signal: timeout,
          maxBytes: 10_240,
        },
      )
      return exitCode === 0 ? GOOD : failed(`${String(stdout)}${String(stderr)}`)
    }
    if (probe.httpGet) return await httpGet(probe.httpGet, record, podIp, timeout)
    if (probe.tcpSocket) {
      return await tcp(
        probe.tcpSocket.host ?? podIp,
        portOf(probe.tcpSocket.port, record.spec),
        timeout,
      )
    }
    if (probe.grpc) {
      const { port, service = '' } = probe.grpc
      const why = await probeGrpc({ host: podIp, port, service, timeoutMs })
      return why === undefined ? GOOD : failed(why)
    }
    return { result: 'unknown', output: '' }
  } catch (error) {
    return failed(describeError(error))
  }
}

const GOOD: Outcome = { result: 'successful', output: '' }
const failed = (output: string): Outcome => ({ result: 'failed', output })

async function httpGet(
  get: HTTPGetAction,
  record: ContainerRecord,
  podIp: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const address = addressOf(get, record.spec, podIp)
  try {
    const status = await askContainer(address, get, { 'user-agent': 'kube-probe/1.36' }, signal)
    const good = status >= 200 && status < 400
    return good ? GOOD : failed(`HTTP probe failed with statuscode: ${status}`)
  } catch (error) {
    const { isTls, host, port, path } = address
    const url = `${isTls ? 'https' : 'http'}://${host}:${port}${path}`
    return failed(`Get "${url}": ${describeError(error)}`)
  }
}

function tcp(host: string, port: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const done = (outcome: Outcome): void => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => done(GOOD))
    socket.once('error', (error) =>
      done(failed(`dial tcp ${host}:${port}: ${describeError(error)}`)),
    )
  })
}
