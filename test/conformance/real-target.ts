import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStack, waitFor, type Stack } from '../../src/core/index.ts'
import {
  NAMESPACES,
  PODS,
  createKubeClient,
  isNotFound,
  loadKubeconfig,
  type KubeClient,
  type Pod,
} from '../../src/kube/index.ts'
import { startOutsideVcluster } from './outside-vcluster.ts'
import type { TargetFacts } from './target-facts.ts'

export const VCLUSTERS = ['k8s1', 'k8s2'] as const

const NAMES = [
  'KUBECONFIG',
  'KUBE_API_URL',
  'KUBELET_URL',
  'KUBE_CA',
  'NODE_NAME',
  'SERVICE_ACCOUNT_ISSUER',
  'DOCKER_HOST',
] as const

/**
 * A real cluster: the file has one NAME=value a line, of NAMES above. Its virtual clusters run as processes beside it,
 * with their ServiceAccounts on it; the pods that they sync are its own. Closing takes away all that was made there.
 */
export async function startRealTarget(envFile: string, stack: Stack): Promise<TargetFacts> {
  const env = readEnvFile(envFile)
  const dir = mkdtempSync(join(tmpdir(), 'sublet-conformance-'))
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const { options } = await loadKubeconfig(env.KUBECONFIG)
  const admin = createKubeClient(options)
  stack.use(admin)
  await removeNamespaces(admin, 'until they are gone')
  stack.defer(() => removeNamespaces(admin))
  const programs = stack.use(createStack())
  const vclusters = await Promise.all(
    VCLUSTERS.map((name) =>
      startOutsideVcluster(
        {
          name,
          dir,
          admin,
          apiUrl: env.KUBE_API_URL,
          caFile: env.KUBE_CA,
          nodeName: env.NODE_NAME,
        },
        programs,
      ),
    ),
  )
  return {
    name: 'real',
    kubeconfig: env.KUBECONFIG,
    apiUrl: env.KUBE_API_URL,
    kubeletUrl: env.KUBELET_URL,
    caFile: env.KUBE_CA,
    nodeName: env.NODE_NAME,
    issuer: env.SERVICE_ACCOUNT_ISSUER,
    dockerHost: env.DOCKER_HOST,
    vclusters,
  }
}

function readEnvFile(file: string): Record<(typeof NAMES)[number], string> {
  const lines = readFileSync(file, 'utf8').split('\n')
  const entries = NAMES.map((name) => {
    const line = lines.find((each) => each.startsWith(`${name}=`))
    return [name, line?.slice(name.length + 1) ?? ''] as const
  })
  const missing = entries.filter(([, value]) => value === '').map(([name]) => name)
  if (missing.length > 0) throw new Error(`${file} does not say ${missing.join(', ')}`)
  return Object.fromEntries(entries) as Record<(typeof NAMES)[number], string>
}

/** Deletes what the virtual clusters have on the host, of this run or of one that was killed; waits for it when told. */
async function removeNamespaces(admin: KubeClient, wait?: 'until they are gone'): Promise<void> {
  await Promise.all(
    VCLUSTERS.map(async (vcluster) => {
      const name = `vcluster-${vcluster}`
      await waitFor(
        `the end of namespace ${name}`,
        async () => {
          await killPods(admin, name)
          const isGone = await admin.delete(NAMESPACES, { name }).then(() => false, isNotFound)
          return isGone || wait === undefined ? true : undefined
        },
        { timeoutMs: 90_000, intervalMs: 500 },
      )
    }),
  )
}

/** Without their time to end: nobody needs them any more. */
async function killPods(admin: KubeClient, namespace: string): Promise<void> {
  const { items } = await admin.list<Pod>(PODS, { namespace })
  const kill = ({ metadata: { name = '' } }: Pod): Promise<void> =>
    admin.delete(PODS, { namespace, name }, { gracePeriodSeconds: 0 })
  await Promise.allSettled(items.map(kill))
}
