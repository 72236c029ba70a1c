import type { Socket } from 'node:net'
import { join } from 'node:path'
import { toInfo, type Container } from '../container.ts'
import type { ContainerInfo } from '../types.ts'

/** A container of the engine's, as the runtime keeps it. */
export interface EngineContainer {
  readonly container: Container
  readonly id: string
  /** A stand-in's programs are the machine's and Sublet's own. */
  readonly isStandIn: boolean
  /** Of a real image: when it was made, in milliseconds since 1970. */
  readonly imageCreatedAt?: number
  /** Its folder in the lab's state. */
  readonly folder: string
  /** Joined with the container's own streams since before its start. */
  streams?: Socket
  /** On the engine's machine. */
  pid?: number
  /** Ends what waits for it. */
  readonly ending: AbortController
}

/** The copy that others see. */
export function infoOf({ container, pid, folder }: EngineContainer): ContainerInfo {
  return {
    ...toInfo(container),
    rootDir: join(folder, 'rootfs'),
    ...(container.phase === 'running' && pid !== undefined ? { pid } : {}),
  }
}
