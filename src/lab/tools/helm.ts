import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { SubletError } from '../../core/index.ts'
import {
  SECRETS,
  isNotFound,
  type KubeClient,
  type KubeObject,
  type Secret,
} from '../../kube/index.ts'
import { applyObjects, deleteObjects, resourceOf } from '../apply-objects.ts'
import { CHART, renderDatadog, type Values } from '../charts/index.ts'
import {
  findRelease,
  forgetRelease,
  keepRelease,
  nextRelease,
  objectsOf,
  type Release,
} from './helm-releases.ts'

export interface InstallOptions {
  readonly client: KubeClient
  readonly release: string
  readonly namespace: string
  readonly values: Values
}

/**
 * Installs datadog/datadog, or upgrades the release that is there: what has changed is replaced, what is no longer
 * rendered goes, what is the same stays as it is, with what others have changed in it. Throws E_INPUT when an object
 * belongs to somebody else, as Helm refuses to take it over.
 */
export async function installDatadog(
  options: InstallOptions,
): Promise<{ readonly release: Release; readonly unknown: readonly string[] }> {
  const { client, namespace, values } = options
  const name = options.release
  const before = await findRelease(client, namespace, name)
  const draft = renderDatadog({ release: name, namespace, values, clusterAgentToken: '' })
  const clusterAgentToken = await tokenIn(client, namespace, draft.clusterAgentSecret)
  const { objects, notes, unknown } = renderDatadog({
    release: name,
    namespace,
    values,
    clusterAgentToken,
  })
  const old = before === undefined ? [] : objectsOf(before)
  const fresh = objects.filter((object) => !old.some((one) => isSame(one, object)))
  await assertOwned(client, fresh, { name, namespace })
  const changed = objects.filter((object) => !old.some((one) => isDeepStrictEqual(one, object)))
  await applyObjects(client, changed)
  await deleteObjects(
    client,
    old.filter((one) => !objects.some((object) => isSame(one, object))),
  )
  const release = nextRelease({ name, namespace, chart: CHART, values, objects, notes, before })
  await keepRelease(client, release, before)
  return { release, unknown }
}

/** Deletes a release's objects and its revisions. */
export async function uninstall(client: KubeClient, release: Release): Promise<void> {
  await deleteObjects(client, objectsOf(release))
  await forgetRelease(client, release)
}

const isSame = (a: KubeObject, b: KubeObject): boolean =>
  a.kind === b.kind &&
  a.metadata.name === b.metadata.name &&
  a.metadata.namespace === b.metadata.namespace

/** The token that the release has already, or a new one: the chart looks it up in the cluster, too. */
async function tokenIn(client: KubeClient, namespace: string, name: string): Promise<string> {
  try {
    const { data } = await client.get<Secret>(SECRETS, { namespace, name })
    const token = data?.['token']
    if (token !== undefined) return Buffer.from(token, 'base64').toString('utf8')
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  return randomBytes(16).toString('hex')
}

async function assertOwned(
  client: KubeClient,
  objects: readonly KubeObject[],
  release: { readonly name: string; readonly namespace: string },
): Promise<void> {
  for (const object of objects) {
    const { name = '', namespace } = object.metadata
    let live: KubeObject
    try {
      live = await client.get(resourceOf(object), { namespace, name })
    } catch (error) {
      if (isNotFound(error)) continue
      throw error
    }
    const marks = live.metadata.annotations ?? {}
    if (
      marks['meta.helm.sh/release-name'] === release.name &&
      marks['meta.helm.sh/release-namespace'] === release.namespace
    )
      continue
    const kind = object.kind ?? ''
    const where = namespace === undefined ? '' : ` in namespace "${namespace}"`
    throw new SubletError(
      'E_INPUT',
      `${kind} "${name}"${where} exists and cannot be imported into the current release: invalid ownership metadata`,
      {
        hint: `Somebody else has made it. Delete it first: kubectl delete ${kind.toLowerCase()} ${name}${namespace === undefined ? '' : ` -n ${namespace}`}`,
      },
    )
  }
}
