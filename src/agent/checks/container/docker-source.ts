import type { DockerClient } from '../../docker/client.ts'
import { createImageNames } from '../../docker/image-names.ts'
import type { DockerContainer, DockerInspect } from '../../docker/types.ts'
import { splitImage } from '../../store/image-name.ts'
import { imageTags } from '../../store/tags.ts'
import { createDeviceNames } from './device-names.ts'
import { dockerReading } from './docker-reading.ts'
import type { ContainerSource, ListedContainer } from './source.ts'

/** Containers and their numbers from the Docker Engine: all of the node's, whosever they are. */
export function dockerSource(docker: DockerClient): ContainerSource {
  const deviceName = createDeviceNames()
  const images = createImageNames(docker)
  // Both questions need it, and each container of a list is inspected once.
  const inspected = new WeakMap<ListedContainer, Promise<DockerInspect>>()
  const inspect = (container: ListedContainer, signal: AbortSignal): Promise<DockerInspect> => {
    const known = inspected.get(container)
    if (known) return known
    const asked = docker.inspect(container.id, signal)
    inspected.set(container, asked)
    return asked
  }
  return {
    kind: 'docker',
    async list(signal) {
      const all = (await docker.containers(signal)).filter((one) => !isSandbox(one))
      const imageOf = await images.read(all, signal)
      return all.map((one) => listed(one, imageOf(one)))
    },
    async life(container, _, signal) {
      const { State, RestartCount } = await inspect(container, signal)
      const startedAt = Date.parse(State?.StartedAt ?? '')
      return { startedAt: startedAt > 0 ? startedAt : undefined, restarts: RestartCount ?? 0 }
    },
    stats: {
      kind: 'docker',
      async reading(container, signal) {
        const [{ HostConfig }, stats] = await Promise.all([
          inspect(container, signal),
          docker.stats(container.id, signal),
        ])
        return dockerReading(stats, HostConfig ?? {}, deviceName)
      },
    },
  }
}

/** Beside the image filter: dockershim's own label, for sandboxes whose image has lost its name. */
const isSandbox = (one: DockerContainer): boolean =>
  one.Labels?.['io.kubernetes.docker.type'] === 'podsandbox'

function listed(one: DockerContainer, image: string): ListedContainer {
  const name = (one.Names?.[0] ?? '').replace(/^\//, '')
  return {
    id: one.Id,
    name,
    image,
    runtime: 'docker',
    namespace: one.Labels?.['io.kubernetes.pod.namespace'] ?? '',
    hostNetwork: one.HostConfig?.NetworkMode === 'host',
    runtimeTags: [
      ...imageTags(image),
      ...(one.ImageID ? [`image_id:${one.ImageID}`] : []),
      ...dockerImage(image),
      `container_name:${name}`,
      `container_id:${one.Id}`,
    ],
    stored: undefined,
  }
}

function dockerImage(image: string): string[] {
  const parts = splitImage(image)
  if (!parts) return []
  return [`docker_image:${parts.tag === '' ? parts.name : `${parts.name}:${parts.tag}`}`]
}
