import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor, type Stack } from '../../src/core/index.ts'
import { SECRETS, type KubeClient, type Secret } from '../../src/kube/index.ts'
import { applyObjects } from '../../src/lab/apply-objects.ts'
import { vclusterHostManifests } from '../../src/lab/vcluster/index.ts'
import { requestToken } from './target.ts'
import type { VclusterFacts } from './target-facts.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/sublet.js', import.meta.url))

interface Place {
  readonly name: string
  readonly dir: string
  readonly admin: KubeClient
  readonly apiUrl: string
  readonly caFile: string
  readonly nodeName: string
}

/**
 * The lab's vcluster program as a process outside of any pod: it finds its host ServiceAccount (a Role in its own
 * namespace, nothing else) where a pod would, below a folder of its own, and syncs onto the host as it does in the lab.
 */
export async function startOutsideVcluster(place: Place, stack: Stack): Promise<VclusterFacts> {
  const { name, admin, nodeName } = place
  const hostNamespace = `vcluster-${name}`
  const manifests = vclusterHostManifests({ name, hostNamespace })
  await applyObjects(
    admin,
    manifests.filter(({ kind }) => kind !== 'StatefulSet'),
  )
  const root = join(place.dir, name)
  await mountAccount(root, place, hostNamespace)
  const { hostname, port } = new URL(place.apiUrl)
  const child = spawn(process.execPath, [PROGRAM, 'lab', 'vcluster', '--port', '0'], {
    env: {
      PATH: process.env['PATH'],
      VCLUSTER_NAME: name,
      POD_NAMESPACE: hostNamespace,
      POD_IP: '127.0.0.1',
      NODE_NAME: nodeName,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      SUBLET_CONTAINER_ROOT: root,
      SUBLET_EXIT_WITH_STDIN: '1',
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  stack.defer(async () => {
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(kill)
  })
  const secret = await waitFor(
    `vcluster ${name}`,
    () => {
      if (child.exitCode !== null) throw new Error(`vcluster ${name} has ended: ${log}`)
      const key = { namespace: hostNamespace, name: `vc-${name}` }
      return admin.get<Secret>(SECRETS, key).catch(() => undefined)
    },
    { timeoutMs: 30_000, last: () => log },
  )
  const kubeconfig = join(place.dir, `${name}.kubeconfig`)
  writeFileSync(kubeconfig, Buffer.from(secret.data?.['config'] ?? '', 'base64'), { mode: 0o600 })
  return { name, hostNamespace, kubeconfig }
}

async function mountAccount(root: string, place: Place, namespace: string): Promise<void> {
  const account = { namespace, name: `vc-${place.name}` }
  const token = await requestToken(place.admin, account, { expirationSeconds: 7200 })
  const dir = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  mkdirSync(dir, { recursive: true })
  copyFileSync(place.caFile, join(dir, 'ca.crt'))
  writeFileSync(join(dir, 'token'), token.reveal(), { mode: 0o600 })
  writeFileSync(join(dir, 'namespace'), namespace)
}
