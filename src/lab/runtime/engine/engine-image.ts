import { SubletError, describeError } from '../../../core/index.ts'
import { imageExamples, resolveImage, type Image } from '../images.ts'
import { isRefusal, jsonLines, type EngineClient } from './client.ts'

/** Long downloads are cut off; the kubelet comes back, and layers that came are kept. */
const PULL_TIMEOUT_MS = 300_000

/** An image for a container: the lab's stand-in, or a real one of the engine's. */
export type EngineImage =
  | { readonly kind: 'stand-in'; readonly image: Image }
  | {
      readonly kind: 'real'
      readonly name: string
      readonly id: string
      readonly sizeBytes: number
      readonly isRoot: boolean
      /** Milliseconds since 1970. */
      readonly createdAt: number
    }

interface Inspected {
  readonly Id: string
  readonly Size?: number
  /** RFC 3339; images that were made reproducibly may have none. */
  readonly Created?: string
  readonly Config?: { readonly User?: string } | null
}

/**
 * Which image it is. What the lab plays itself (agents, vclusters, nginx at the pod's own address, idle control planes) is
 * always its stand-in; busybox and alpine are real where the engine has them; anything else must be there, or is
 * pulled. Throws E_RUNTIME (`ErrImagePull`) with the engine's words.
 */
export async function findImage(client: EngineClient, reference: string): Promise<EngineImage> {
  const image = standInOf(reference)
  const isPlayed = image !== undefined && image.plan([], []).program.kind !== 'foreign'
  if (isPlayed) return { kind: 'stand-in', image }
  const there = await inspect(client, reference)
  if (there) return there
  if (image) return { kind: 'stand-in', image }
  await pull(client, reference)
  const pulled = await inspect(client, reference)
  if (pulled) return pulled
  throw new SubletError('E_RUNTIME', `ErrImagePull: the engine pulled ${reference} and has it not`)
}

function standInOf(reference: string): Image | undefined {
  try {
    return resolveImage(reference)
  } catch {
    return undefined
  }
}

async function inspect(client: EngineClient, reference: string): Promise<EngineImage | undefined> {
  try {
    const found = (await client.ask(`/images/${encodeURIComponent(reference)}/json`)) as Inspected
    const isRoot = /^(root|0)?(:|$)/.test(found.Config?.User ?? '')
    const name = /[:@][^/]+$/.test(reference) ? reference : `${reference}:latest`
    const createdAt = Date.parse(found.Created ?? '') || 0
    return { kind: 'real', name, id: found.Id, sizeBytes: found.Size ?? 0, isRoot, createdAt }
  } catch (error) {
    if (isRefusal(error, 404, 400)) return undefined
    throw error
  }
}

async function pull(client: EngineClient, reference: string): Promise<void> {
  const named = /[:@][^/]+$/.test(reference) ? reference : `${reference}:latest`
  const path = `/images/create?fromImage=${encodeURIComponent(named)}`
  let why: string | undefined
  try {
    const answer = await client.open(path, { method: 'POST', timeoutMs: PULL_TIMEOUT_MS })
    for await (const line of jsonLines(answer)) {
      const { error } = line as { error?: string }
      if (error !== undefined) why = error
    }
  } catch (error) {
    why = describeError(error)
  }
  if (why === undefined) return
  const words = `Error response from daemon: ${why.trim()}`
  const known = `besides what Docker can pull, the lab has stand-ins for: ${imageExamples().join(', ')}`
  throw new SubletError('E_RUNTIME', `ErrImagePull: ${words} (${known})`)
}
