import { gunzipSync, gzipSync } from 'node:zlib'
import { SECRETS, type KubeClient, type KubeObject, type Secret } from '../../kube/index.ts'
import type { ChartInfo, Values } from '../charts/index.ts'

/** A release as Helm 3 keeps it: one Secret per revision, `sh.helm.release.v1.<name>.v<revision>`. */
export interface Release {
  readonly name: string
  readonly namespace: string
  readonly version: number
  readonly info: {
    readonly first_deployed: string
    readonly last_deployed: string
    readonly deleted: string
    readonly description: string
    readonly status: string
    readonly notes: string
  }
  readonly chart: {
    readonly metadata: {
      readonly name: string
      readonly version: string
      readonly appVersion: string
    }
  }
  /** The values that were given, without the chart's own. */
  readonly config: Values
  /** A JSON list of objects here; Helm has YAML, of which JSON is a part. */
  readonly manifest: string
}

const TYPE = 'helm.sh/release.v1'
/** A release of the lab is some tens of kilobytes; a Secret holds one mebibyte. */
const MAX_BYTES = 16 * 1024 * 1024

/** The newest revision of every release of a namespace, or of all. */
export async function listReleases(client: KubeClient, namespace?: string): Promise<Release[]> {
  const { items } = await client.list<Secret>(SECRETS, { namespace, labelSelector: 'owner=helm' })
  const newest = new Map<string, Release>()
  for (const release of items.flatMap(decode)) {
    const key = `${release.namespace}/${release.name}`
    if ((newest.get(key)?.version ?? 0) < release.version) newest.set(key, release)
  }
  return [...newest.values()]
}

/** The newest revision of a release. */
export async function findRelease(
  client: KubeClient,
  namespace: string,
  name: string,
): Promise<Release | undefined> {
  return (await listReleases(client, namespace)).find((release) => release.name === name)
}

/** Keeps a revision; the one before is marked as superseded. */
export async function keepRelease(
  client: KubeClient,
  release: Release,
  before: Release | undefined,
): Promise<void> {
  await client.create(SECRETS, encode(release))
  if (before === undefined) return
  const info = { ...before.info, status: 'superseded' }
  const { data, metadata } = encode({ ...before, info })
  await client.patch(
    SECRETS,
    { namespace: before.namespace, name: secretName(before) },
    { data, metadata: { labels: metadata.labels } },
    'merge',
  )
}

/** Forgets every revision of a release. */
export async function forgetRelease(client: KubeClient, release: Release): Promise<void> {
  const { namespace, name } = release
  const labelSelector = `owner=helm,name=${name}`
  const { items } = await client.list<Secret>(SECRETS, { namespace, labelSelector })
  for (const { metadata } of items)
    await client.delete(SECRETS, { namespace, name: metadata.name ?? '' })
}

/** A release's objects. */
export const objectsOf = (release: Release): KubeObject[] =>
  JSON.parse(release.manifest) as KubeObject[]

/** A first or next revision of a release. */
export function nextRelease(options: {
  readonly name: string
  readonly namespace: string
  readonly chart: ChartInfo
  readonly values: Values
  readonly objects: readonly KubeObject[]
  readonly notes: string
  readonly before: Release | undefined
}): Release {
  const { chart, before } = options
  const now = new Date().toISOString()
  return {
    name: options.name,
    namespace: options.namespace,
    version: (before?.version ?? 0) + 1,
    info: {
      first_deployed: before?.info.first_deployed ?? now,
      last_deployed: now,
      deleted: '',
      description: before === undefined ? 'Install complete' : 'Upgrade complete',
      status: 'deployed',
      notes: options.notes,
    },
    chart: {
      metadata: { name: chart.name, version: chart.version, appVersion: chart.appVersion },
    },
    config: options.values,
    manifest: JSON.stringify(options.objects),
  }
}

const secretName = ({ name, version }: Release): string => `sh.helm.release.v1.${name}.v${version}`

/** base64 of gzip of JSON, and base64 again as every Secret's data. */
function encode(release: Release): Secret {
  const packed = gzipSync(JSON.stringify(release)).toString('base64')
  const { name, namespace, version, info } = release
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secretName(release),
      namespace,
      labels: {
        modifiedAt: String(Math.floor(Date.now() / 1000)),
        name,
        owner: 'helm',
        status: info.status,
        version: String(version),
      },
    },
    type: TYPE,
    data: { release: Buffer.from(packed).toString('base64') },
  }
}

/** What is in a Secret of Helm's; nothing for one that somebody else wrote. */
function decode(secret: Secret): Release[] {
  if (secret.type !== TYPE) return []
  try {
    const packed = Buffer.from(secret.data?.['release'] ?? '', 'base64').toString('utf8')
    const text = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: MAX_BYTES })
    return [JSON.parse(text.toString('utf8')) as Release]
  } catch {
    return []
  }
}
