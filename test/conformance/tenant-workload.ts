import {
  CLUSTERROLEBINDINGS,
  CLUSTERROLES,
  NAMESPACES,
  SERVICEACCOUNTS,
  type KubeClient,
  type Pod,
} from '../../src/kube/index.ts'
import { waitFor } from '../../src/core/index.ts'
import { runPod, shell } from './target.ts'

/** Uses some CPU all the time, so that no counter of it is zero, and ends at once when told to. */
const BUSY =
  'trap "exit 0" TERM; while true; do i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; sleep 0.1; done'

/** A pod that only this virtual cluster has: its name must be in no answer to anybody else. */
export const ONLY_IN = { k8s1: 'alpha-ledger', k8s2: 'bravo-ledger' } as const

/** The host's own pod, which no tenant may learn of. */
export const HOST_POD = { namespace: 'conformance-host', name: 'charlie-ledger' } as const

/** What both virtual clusters have under equal names, and one pod that tells them apart. All of it really runs. */
export async function startTenantWorkload(virtual: KubeClient, vcluster: string): Promise<void> {
  await Promise.all(['shop', 'monitoring'].map((name) => createNamespace(virtual, name)))
  await createAgentAccount(virtual)
  const own = vcluster === 'k8s1' ? ONLY_IN.k8s1 : ONLY_IN.k8s2
  const pods: Pod[] = [
    pod('shop', 'web', {
      containers: [
        {
          ...shell('app', BUSY),
          readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 },
          volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
        },
        shell('sidecar', BUSY),
      ],
      volumes: [{ name: 'scratch', emptyDir: {} }],
    }),
    pod('shop', own),
    pod('shop', 'talker', {
      containers: [shell('main', `echo first from ${vcluster}; echo second; exec sleep 600`)],
    }),
    // Longer than a host name may be: the syncer cuts it and adds a hash.
    pod('monitoring', 'a-rather-long-pod-name-as-operators-make-them-7d9f8b6c5d-x2k4q'),
    pod('monitoring', 'agent', { serviceAccountName: 'agent', automountServiceAccountToken: true }),
  ]
  await Promise.all(pods.map((each) => runPod(virtual, each)))
}

/** A pod without a pod network: real rigs have none. */
export function pod(namespace: string, name: string, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app: name.slice(0, 20) } },
    spec: {
      hostNetwork: true,
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [shell('main', BUSY)],
      ...spec,
    },
  }
}

export async function createNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create(NAMESPACES, { metadata: { name } })
  const key = { namespace: name, name: 'default' }
  await waitFor(
    `the ServiceAccount of ${name}`,
    () => client.get(SERVICEACCOUNTS, key).catch(() => undefined),
    { timeoutMs: 10_000 },
  )
}

/** What agents' charts give their account. */
async function createAgentAccount(virtual: KubeClient): Promise<void> {
  const [name, namespace] = ['agent', 'monitoring']
  await virtual.create(SERVICEACCOUNTS, { metadata: { name, namespace } })
  await virtual.create(CLUSTERROLES, {
    metadata: { name },
    rules: [
      {
        apiGroups: [''],
        resources: ['nodes/metrics', 'nodes/stats', 'nodes/proxy'],
        verbs: ['get'],
      },
      { apiGroups: [''], resources: ['pods', 'nodes', 'namespaces'], verbs: ['get', 'list'] },
    ],
  })
  await virtual.create(CLUSTERROLEBINDINGS, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  })
}
