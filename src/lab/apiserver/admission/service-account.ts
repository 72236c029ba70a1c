import { PODS, SERVICEACCOUNTS, randomSuffix } from '../../../kube/index.ts'
import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf, textOf, type Fields } from '../fields.ts'
import { refusals } from '../refusals.ts'
import type { Store } from '../store.ts'

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const TOKEN_SECONDS = 3607
const MODE_0644 = 420

/**
 * Gives a pod its ServiceAccount and the volume with its token (plugin/pkg/admission/serviceaccount).
 * Throws Forbidden when the account does not exist. Mirror pods are left alone.
 */
export function admitServiceAccount(store: Store, pod: KubeObject): void {
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return
  const spec = fieldsOf(pod['spec'])
  const name = textOf(spec['serviceAccountName']) ?? 'default'
  spec['serviceAccountName'] = name
  spec['serviceAccount'] = name
  if (spec['enableServiceLinks'] === undefined) spec['enableServiceLinks'] = true
  const namespace = pod.metadata.namespace ?? ''
  const account = store.get(SERVICEACCOUNTS, namespace, name)
  if (account === undefined) {
    throw refusals.forbidden(
      PODS,
      pod.metadata.name ?? '',
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    )
  }
  if (wantsToken(spec, account.object)) mountToken(spec)
}

/** The pod's own wish counts, then the account's, then yes. */
function wantsToken(spec: Fields, account: KubeObject): boolean {
  const wish = spec['automountServiceAccountToken'] ?? account['automountServiceAccountToken']
  return wish !== false
}

function mountToken(spec: Fields): void {
  const containers = [...listOf(spec['initContainers']), ...listOf(spec['containers'])]
  const without = containers.filter(
    (container) =>
      !listOf(container['volumeMounts']).some((mount) => mount['mountPath'] === MOUNT_PATH),
  )
  if (without.length === 0) return
  const volume = existingVolume(spec) ?? addVolume(spec)
  for (const container of without) {
    const mount = { name: volume, readOnly: true, mountPath: MOUNT_PATH }
    container['volumeMounts'] = [...listOf(container['volumeMounts']), mount]
  }
}

const existingVolume = (spec: Fields): string | undefined =>
  listOf(spec['volumes'])
    .map((volume) => textOf(volume['name']))
    .find((name) => name?.startsWith('kube-api-access-'))

function addVolume(spec: Fields): string {
  const name = `kube-api-access-${randomSuffix()}`
  const namespaceItem = {
    path: 'namespace',
    fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' },
  }
  const sources = [
    { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [namespaceItem] } },
  ]
  const volume = { name, projected: { sources, defaultMode: MODE_0644 } }
  spec['volumes'] = [...listOf(spec['volumes']), volume]
  return name
}
