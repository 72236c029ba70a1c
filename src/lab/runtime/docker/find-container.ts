import type { ContainerInfo } from '../types.ts'
import { BadRequest, Refusal } from './answers.ts'

/** By full id, name, or a beginning of the id that only one container has. */
export function findContainer(
  containers: readonly ContainerInfo[],
  reference: string,
): ContainerInfo | undefined {
  const name = reference.replace(/^\//, '')
  const exact = containers.find(({ id, runtimeName }) => id === name || runtimeName === name)
  if (exact || name === '') return exact
  const found = containers.filter(({ id }) => id.startsWith(name))
  if (found.length > 1) throw new BadRequest(`Multiple IDs found with provided prefix: ${name}`)
  return found[0]
}

/** The same; throws a 404 in Docker's words where there is none. */
export function needContainer(
  containers: readonly ContainerInfo[],
  reference: string,
): ContainerInfo {
  const found = findContainer(containers, reference)
  if (!found) throw new Refusal(404, `No such container: ${reference}`)
  return found
}

/** Throws a 409 in Docker's words for what does not run. */
export function needRunning({ id, phase }: ContainerInfo): void {
  if (phase !== 'running') throw new Refusal(409, `Container ${id} is not running`)
}
