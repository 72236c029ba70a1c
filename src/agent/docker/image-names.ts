import type { DockerClient } from './client.ts'
import type { DockerContainer } from './types.ts'

/** The name of a container's image; what the list says itself when Docker knows no name for it. */
export type ImageNameOf = (container: DockerContainer) => string

export interface ImageNames {
  /** Asks for the images only when one of the containers has an id that was not seen before. Does not throw for a refusal. */
  read(containers: readonly DockerContainer[], signal: AbortSignal): Promise<ImageNameOf>
}

/**
 * A container that was started by its image's id (dockershim does that for all pods), or whose tag was moved to another image
 * since, is listed with `sha256:…`: its name is what the images' list has for the id, a tag before a digest. Source:
 * pkg/util/docker (ResolveImageName)
 */
export function createImageNames(docker: Pick<DockerClient, 'images'>): ImageNames {
  /** By the whole id; empty for an image without a name. */
  let names = new Map<string, string>()
  return {
    async read(containers, signal) {
      const wanted = containers.flatMap((one) => bareId(one) ?? [])
      if (wanted.some((id) => !names.has(id))) {
        try {
          const found = new Map(wanted.map((id) => [id, '']))
          for (const { Id, RepoTags, RepoDigests } of await docker.images(signal)) {
            const name = [...(RepoTags ?? []), ...(RepoDigests ?? [])].find(isName)
            if (found.has(Id) && name !== undefined) found.set(Id, name)
          }
          names = found
        } catch {
          // Without it only the image's tags are missing; the next list asks again.
          signal.throwIfAborted()
        }
      }
      return (container) => {
        const name = names.get(bareId(container) ?? '') ?? ''
        return name === '' ? (container.Image ?? '') : name
      }
    },
  }
}

/** `<none>:<none>`, `<none>@sha256:…`: what Docker writes where there is none. */
const isName = (name: string): boolean => !name.startsWith('<none>')

/** The id of the image, when the list has it, whole or shortened, where the name should be. */
function bareId({ Image = '', ImageID = '' }: DockerContainer): string | undefined {
  if (!/^(sha256:)?[0-9a-f]{12,64}$/.test(Image)) return undefined
  const id = Image.startsWith('sha256:') ? Image : `sha256:${Image}`
  if (ImageID.startsWith(id)) return ImageID
  return Image.startsWith('sha256:') ? Image : undefined
}
