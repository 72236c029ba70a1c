import type { DockerClient } from '../../docker/client.ts'
import type { DockerContainer } from '../../docker/types.ts'
import { splitImage } from '../../store/image-name.ts'
import { imageTags } from '../../store/tags.ts'
import { createDeviceNames } from './device-names.ts'
import { dockerReading } from './docker-reading.ts'
import type { ContainerSource, ListedContainer } from './source.ts'

/** Containers and their numbers from the Docker Engine: all of the node's, whosever they are. */
export function dockerSource(docker: DockerClient): ContainerSource {
  const deviceName = createDeviceNames()
  return {
    kind: 'docker',
    async list(signal) {
      const all = await docker.containers(signal)
      return all.filter((one) => !isSandbox(one)).map(listed)
    },
    async facts({ id }, signal) {
      const [inspect, stats] = await Promise.all([
        docker.inspect(id, signal),
        docker.stats(id, signal),
      ])
      const startedAt = Date.parse(inspect.State?.StartedAt ?? '')
      return {
        startedAt: startedAt > 0 ? startedAt : undefined,
        restarts: inspect.RestartCount ?? 0,
        reading: dockerReading(stats, inspect.HostConfig ?? {}, deviceName),
      }
    },
  }
}

/** Beside the image filter: dockershim's own label, for sandboxes whose image has lost its name. */
const isSandbox = (one: DockerContainer): boolean =>
  one.Labels?.['io.kubernetes.docker.type'] === 'podsandbox'

function listed(one: DockerContainer): ListedContainer {
  const name = (one.Names?.[0] ?? '').replace(/^\//, '')
  const image = one.Image ?? ''
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
  return parts ? [`docker_image:${parts.name}:${parts.tag}`] : []
}
