import { SubletError, describeError } from '../../core/index.ts'
import type { Pod } from '../../kube/index.ts'
import type { ContainerRecord } from './container-record.ts'
import type { ImageFacts } from '../runtime/types.ts'
import type { CountedRuntime } from './counted-runtime.ts'
import type { PodEvents } from './pod-events.ts'

/** An image that cannot be had: `reason` is the container's waiting reason. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  readonly reason: 'ErrImagePull' | 'ErrImageNeverPull'
  constructor(reason: ImageError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Makes sure of a container's image by its pull policy, and tells of it as the kubelet's image manager does. Every
 * stand-in is on the node from the start; pulling takes no time. Throws ImageError.
 */
export async function pullImage(
  record: ContainerRecord,
  { runtime, tell, pod }: { runtime: CountedRuntime; tell: PodEvents; pod: Pod },
): Promise<ImageFacts> {
  const { image, imagePullPolicy } = record.spec
  const pulling = (): void => tell(pod, record, 'Normal', 'Pulling', `Pulling image "${image}"`)
  let found: ImageFacts
  try {
    found = await runtime.findImage(image)
  } catch (error) {
    if (!(error instanceof SubletError)) throw error
    if (imagePullPolicy === 'Never') {
      const why = `Container image "${image}" is not present with pull policy of Never`
      tell(pod, record, 'Warning', 'ErrImageNeverPull', why)
      throw new ImageError('ErrImageNeverPull', why)
    }
    pulling()
    throw new ImageError('ErrImagePull', describeError(error).replace(/^ErrImagePull: /, ''))
  }
  if (imagePullPolicy === 'Always') {
    pulling()
    const took = `in 1ms (1ms including waiting). Image size: ${found.sizeBytes} bytes.`
    tell(pod, record, 'Normal', 'Pulled', `Successfully pulled image "${image}" ${took}`)
  } else {
    const there = 'already present on machine and can be accessed by the pod'
    tell(pod, record, 'Normal', 'Pulled', `Container image "${image}" ${there}`)
  }
  return found
}
