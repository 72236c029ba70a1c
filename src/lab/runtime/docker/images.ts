import type { ContainerRuntime } from '../types.ts'
import { Refusal } from './answers.ts'
import { hostFacts } from './host-facts.ts'
import { ENGINE_VERSION } from './limits.ts'

type Image = ReturnType<ContainerRuntime['images']>[number]

/** `GET /images/json`: the images of the containers there are. */
export function imagesAnswer(images: readonly Image[]): readonly object[] {
  return images.map((image) => ({
    Containers: -1,
    Created: 0,
    Id: image.id,
    Labels: null,
    ParentId: '',
    RepoDigests: [],
    RepoTags: tagsOf(image),
    SharedSize: -1,
    Size: image.sizeBytes,
  }))
}

/** `GET /images/{name}/json`. Throws a 404 in Docker's words. */
export function inspectImage(images: readonly Image[], reference: string): object {
  const image = images.find((each) => isCalled(each, reference))
  if (!image) throw new Refusal(404, `No such image: ${reference}`)
  return {
    Id: image.id,
    RepoTags: tagsOf(image),
    RepoDigests: [],
    Parent: '',
    Comment: 'a stand-in of the Sublet lab',
    Created: '0001-01-01T00:00:00Z',
    DockerVersion: ENGINE_VERSION,
    Author: '',
    Config: { Env: null, Cmd: null, Entrypoint: null, WorkingDir: '', Labels: null },
    Architecture: hostFacts().goArchitecture,
    Os: 'linux',
    Size: image.sizeBytes,
    GraphDriver: { Data: null, Name: 'sublet' },
    RootFS: { Type: 'layers' },
    Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
  }
}

const tagsOf = ({ names }: Image): readonly string[] => names.filter((name) => !name.includes('@'))

function isCalled({ names, id }: Image, reference: string): boolean {
  const bare = reference.replace(/^sha256:/, '')
  if (/^[0-9a-f]{4,64}$/.test(bare) && id.startsWith(`sha256:${bare}`)) return true
  return names.includes(/[:@][^/]+$/.test(reference) ? reference : `${reference}:latest`)
}
