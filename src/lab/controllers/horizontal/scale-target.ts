import type { HorizontalPodAutoscaler, KubeClient, RawAnswer } from '../../../kube/index.ts'
import { refusalOf } from './read-metrics.ts'

/** An `autoscaling/v1` Scale, and where it is. */
export interface ScaleTarget {
  readonly path: string
  readonly scale: {
    metadata?: Record<string, unknown>
    spec?: { replicas?: number }
    status?: { replicas?: number; selector?: string }
  }
}

interface ResourceList {
  resources?: { name: string; kind: string }[]
}

/** The scale of what an autoscaler names. Throws Error in the API server's words. */
export async function readScale(
  client: KubeClient,
  { metadata, spec }: HorizontalPodAutoscaler,
  signal: AbortSignal,
): Promise<ScaleTarget> {
  const { apiVersion = 'v1', kind, name } = spec.scaleTargetRef
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const listed = await client.raw('GET', root, { signal })
  const list = listed.status === 200 ? (parse(listed) as ResourceList) : {}
  const found = list.resources?.find((one) => one.kind === kind && !one.name.includes('/'))
  if (found === undefined) {
    const [version = '', group = ''] = apiVersion.split('/').reverse()
    throw new Error(`no matches for kind "${kind}" in group "${group}" (version ${version})`)
  }
  const namespace = metadata.namespace ?? ''
  const path = `${root}/namespaces/${namespace}/${found.name}/${encodeURIComponent(name)}/scale`
  const answer = await client.raw('GET', path, { signal })
  if (answer.status !== 200) throw new Error(refusalOf(answer, `get ${found.name}.scale ${name}`))
  return { path, scale: parse(answer) as ScaleTarget['scale'] }
}

/** Writes the size. Throws Error in the API server's words. */
export async function writeScale(
  client: KubeClient,
  { path, scale }: ScaleTarget,
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  const body = { ...scale, spec: { ...scale.spec, replicas } }
  const answer = await client.raw('PUT', path, { body, signal })
  if (answer.status >= 300) throw new Error(refusalOf(answer, 'put scale'))
}

const parse = ({ body }: RawAnswer): unknown => JSON.parse(body.toString('utf8'))
