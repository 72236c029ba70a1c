import {
  CONFIGMAPS,
  NAMESPACES,
  SERVICEACCOUNTS,
  isConflict,
  type ConfigMap,
  type ServiceAccount,
} from '../../kube/index.ts'
import type { Controller, ControllerContext } from './controller.ts'

const ROOT_CA = 'kube-root-ca.crt'
const ABOUT_ROOT_CA =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Every namespace has a ServiceAccount `default` and the CA of the cluster, also after somebody deleted them. */
export const serviceAccountController: Controller = (context) => {
  const { informers } = context
  const queue = context.queue('serviceaccount', (namespace) => sync(context, namespace))
  informers.of(NAMESPACES).onChange(({ type, object }) => {
    if (type !== 'deleted') queue.add(object.metadata.name ?? '')
  })
  informers.of(SERVICEACCOUNTS).onChange(({ type, object }) => {
    if (type === 'deleted') queue.add(object.metadata.namespace ?? '')
  })
  informers.of(CONFIGMAPS).onChange(({ type, object }) => {
    const { name, namespace = '' } = object.metadata
    if (name === ROOT_CA && type !== 'added') queue.add(namespace)
  })
}

async function sync(context: ControllerContext, namespace: string): Promise<void> {
  const { client, informers } = context
  const found = informers.of(NAMESPACES).get({ name: namespace })
  if (found === undefined || found.metadata.deletionTimestamp) return
  const account = informers.of<ServiceAccount>(SERVICEACCOUNTS)
  const root = informers.of<ConfigMap>(CONFIGMAPS)
  await Promise.all([account.ready, root.ready])
  const tasks: Promise<unknown>[] = []
  if (account.get({ namespace, name: 'default' }) === undefined) {
    tasks.push(client.create(SERVICEACCOUNTS, { metadata: { name: 'default', namespace } }))
  }
  const published = root.get({ namespace, name: ROOT_CA })
  const wanted: ConfigMap = {
    metadata: {
      name: ROOT_CA,
      namespace,
      annotations: { 'kubernetes.io/description': ABOUT_ROOT_CA },
    },
    data: { 'ca.crt': context.rootCaPem },
  }
  if (published === undefined) tasks.push(client.create(CONFIGMAPS, wanted))
  else if (published.data?.['ca.crt'] !== context.rootCaPem) {
    tasks.push(client.update(CONFIGMAPS, wanted))
  }
  await Promise.all(tasks.map((task) => task.catch(ignoreConflict)))
}

/** It exists already: somebody was faster, or our copy is behind. */
function ignoreConflict(error: unknown): void {
  if (!isConflict(error)) throw error
}
