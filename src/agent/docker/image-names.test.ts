import { expect, test } from 'vitest'
import { createImageNames } from './image-names.ts'
import type { DockerContainer, DockerImage } from './types.ts'

const signal = new AbortController().signal
const id = (letter: string): string => `sha256:${letter.repeat(64)}`
const container = (Image: string, ImageID: string): DockerContainer => ({
  Id: Image,
  Image,
  ImageID,
})
const IMAGES: DockerImage[] = [
  {
    Id: id('a'),
    RepoTags: ['docker.io/shop/web:1.2'],
    RepoDigests: [`docker.io/shop/web@${id('1')}`],
  },
  { Id: id('b'), RepoTags: null, RepoDigests: [`shop/api@${id('2')}`] },
  { Id: id('c'), RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'] },
]

test('an id in the place of a name becomes the name; a tag goes before a digest', async () => {
  const names = createImageNames({ images: () => Promise.resolve(IMAGES) })
  const all = [
    container(id('a'), id('a')),
    container('a'.repeat(12), id('a')),
    container(id('b'), id('b')),
    container(id('c'), id('c')),
    container('busybox:latest', id('d')),
    // A name like any other, though it looks like an id.
    container('deadbeef0123', id('e')),
  ]
  const nameOf = await names.read(all, signal)
  expect(all.map(nameOf)).toEqual([
    'docker.io/shop/web:1.2',
    'docker.io/shop/web:1.2',
    `shop/api@${id('2')}`,
    id('c'),
    'busybox:latest',
    'deadbeef0123',
  ])
})

test('images are asked for only when an id is new, and again after a refusal', async () => {
  let asked = 0
  let refuse = true
  const names = createImageNames({
    images() {
      asked += 1
      return refuse ? Promise.reject(new Error('Docker answered 403')) : Promise.resolve(IMAGES)
    },
  })
  const read = async (...all: DockerContainer[]): Promise<string[]> =>
    all.map(await names.read(all, signal))
  expect(await read(container('busybox', id('d')))).toEqual(['busybox'])
  expect(asked).toBe(0)
  expect(await read(container(id('a'), id('a')))).toEqual([id('a')])
  refuse = false
  for (let run = 0; run < 3; run += 1) {
    expect(await read(container(id('a'), id('a')), container(id('f'), id('f')))).toEqual([
      'docker.io/shop/web:1.2',
      id('f'),
    ])
  }
  expect(asked).toBe(2)
  await read(container(id('b'), id('b')))
  expect(asked).toBe(3)
})
