import { rfc3339 } from '../../../core/index.ts'
import type { ContainerRuntime } from '../types.ts'
import { Refusal } from './answers.ts'
import { hostFacts } from './host-facts.ts'
import { ENGINE_VERSION } from './limits.ts'

type Image = ReturnType<ContainerRuntime['images']>[number]

/** Stand-ins come with the project: they are as old as its first version, everywhere, like images that are made reproducibly. */
const STAND_INS_CREATED = Date.parse('2026-11-22T12:00:00Z')

const createdAt = (image: Image): number => image.createdAt ?? STAND_INS_CREATED
const COMMENT = 'a stand-in of the Sublet lab'
const commentOn = (image: Image): string => (image.createdAt === undefined ? COMMENT : '')

/** `GET /images/json`: the images of the containers there are. */
export function imagesAnswer(images: readonly Image[]): readonly object[] {
  return images.map((image) => ({
    Containers: -1,
    Created: seconds(createdAt(image)),
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
  const image = find(images, reference)
  const created = rfc3339(createdAt(image))
  return {
    Id: image.id,
    RepoTags: tagsOf(image),
    RepoDigests: [],
    Parent: '',
    Comment: commentOn(image),
    Created: created,
    DockerVersion: ENGINE_VERSION,
    Author: '',
    Config: { Env: null, Cmd: null, Entrypoint: null, WorkingDir: '', Labels: null },
    Architecture: hostFacts().goArchitecture,
    Os: 'linux',
    Size: image.sizeBytes,
    GraphDriver: { Data: null, Name: 'sublet' },
    RootFS: { Type: 'layers', Layers: [image.id] },
    Metadata: { LastTagTime: created },
  }
}

/** `GET /images/{name}/history`: one layer, as after `docker import`. Throws a 404 in Docker's words. */
export function imageHistory(images: readonly Image[], reference: string): readonly object[] {
  const image = find(images, reference)
  return [
    {
      Comment: commentOn(image),
      Created: seconds(createdAt(image)),
      CreatedBy: '',
      Id: image.id,
      Size: image.sizeBytes,
      Tags: tagsOf(image),
    },
  ]
}

function find(images: readonly Image[], reference: string): Image {
  const image = images.find((each) => isCalled(each, reference))
  if (image !== undefined) return image
  throw new Refusal(404, `No such image: ${withTag(reference)}`)
}

const seconds = (ms: number): number => Math.floor(ms / 1000)

const tagsOf = ({ names }: Image): readonly string[] => names.filter((name) => !name.includes('@'))

function isCalled({ names, id }: Image, reference: string): boolean {
  const bare = reference.replace(/^sha256:/, '')
  if (/^[0-9a-f]{4,64}$/.test(bare) && id.startsWith(`sha256:${bare}`)) return true
  return names.includes(withTag(reference))
}

const withTag = (reference: string): string =>
  /[:@][^/]+$/.test(reference) ? reference : `${reference}:latest`
