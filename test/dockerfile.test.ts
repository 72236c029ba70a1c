import { existsSync, readFileSync } from 'node:fs'
import { validate } from 'dockerfile-utils'
import { describe, expect, test } from 'vitest'

describe('the Dockerfile', () => {
  const root = new URL('../', import.meta.url)
  const text = readFileSync(new URL('Dockerfile', root), 'utf8')
  const last = text.slice(text.lastIndexOf('FROM '))

  test('has nothing that a linter objects to', () => {
    const faults = validate(text, {})
    expect(
      faults.map(({ message, range }) => `${range.start.line + 1}: ${JSON.stringify(message)}`),
    ).toEqual([])
  })

  test('makes an image without development packages, npm and a shell, which runs as nobody', () => {
    expect(text).toContain('RUN npm ci --omit=dev')
    expect(last).toMatch(/^FROM gcr\.io\/distroless\/nodejs20-debian12:nonroot$/m)
    expect(last).toMatch(/^USER 65532:65532$/m)
    expect(last).not.toMatch(/RUN |npm/)
    expect(last).toMatch(/^ENTRYPOINT \["\/nodejs\/bin\/node", "\/app\/bin\/sublet.js"\]$/m)
  })

  test('names no base image without its version', () => {
    const images = [...text.matchAll(/^FROM (\S+)/gm)].map((match) => match[1] ?? '')
    expect(images).toHaveLength(3)
    for (const image of images) expect(image).toMatch(/:(?!latest$)\S+$/)
  })

  test('copies what is there and what .dockerignore lets through', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      (match) => match[1]?.split(' ') ?? [],
    )
    expect(copied).toContain('bin')
    const [first, ...others] = readFileSync(new URL('.dockerignore', root), 'utf8').split('\n')
    expect(first).toBe('**')
    const open = others.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
    for (const name of copied) {
      expect(existsSync(new URL(name, root)), name).toBe(true)
      expect(
        open.some((pattern) => matchesGlob(name, pattern)),
        name,
      ).toBe(true)
    }
  })

  test('is of the version that the manifests want, and starts what they expect', () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      version: string
    }
    const image = `sublet/gateway:${version}`
    const manifest = new URL('deploy/kustomize/base/daemonset.yaml', root)
    expect(readFileSync(manifest, 'utf8')).toContain(`image: ${image}`)
    expect(text).toContain(`docker build -t ${image} .`)
    expect(last).toContain('CMD ["gateway", "--config", "/etc/sublet/gateway.yaml"]')
  })
})

/** One `*` for any part of a name. */
const matchesGlob = (name: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`).test(name)
