import { SubletError } from '../../../core/index.ts'
import { createEngineClient, type EngineClient } from './client.ts'

const DEFAULT_SOCKET = '/var/run/docker.sock'

export interface Engine {
  readonly client: EngineClient
  readonly version: string
  readonly accounting: 'cgroup-v1' | 'cgroup-v2'
  /** Where images are pulled from tells what to say of them. */
  readonly name: string
}

/** Where Docker listens: `DOCKER_HOST` when it is a unix socket, else its usual place. Throws E_RUNTIME for other kinds of address. */
export function engineSocket(dockerHost: string | undefined): string {
  if (dockerHost === undefined || dockerHost === '') return DEFAULT_SOCKET
  const path = /^unix:\/\/(\/.+)$/.exec(dockerHost)?.[1]
  if (path !== undefined) return path
  throw new SubletError(
    'E_RUNTIME',
    `the runtime "docker" needs an engine on this machine, and DOCKER_HOST is ${dockerHost}`,
    { hint: 'Set DOCKER_HOST to unix:///path of a local engine, or unset it.' },
  )
}

/** Asks an engine who it is. Throws E_RUNTIME when none answers, or when it is a lab's own. */
export async function findEngine(socketPath: string): Promise<Engine> {
  const client = createEngineClient(socketPath)
  const version = (await client.ask('/version')) as {
    Platform?: { Name?: string }
    Version?: string
  }
  if (version.Platform?.Name === 'Sublet lab') {
    throw new SubletError(
      'E_RUNTIME',
      `the Docker at ${socketPath} is a lab's own, not an engine`,
      {
        hint: 'DOCKER_HOST is set by `sublet lab env`: unset it, or point it at the real engine.',
      },
    )
  }
  const info = (await client.ask('/info')) as {
    CgroupVersion?: string
    OSType?: string
    Name?: string
  }
  if (info.OSType !== 'linux') {
    throw new SubletError('E_RUNTIME', `the engine at ${socketPath} runs no Linux containers`)
  }
  const accounting = info.CgroupVersion === '2' ? 'cgroup-v2' : 'cgroup-v1'
  return { client, version: version.Version ?? '', accounting, name: info.Name ?? '' }
}
