import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stack } from '../../src/core/index.ts'
import { formatKubeconfig, kubeconfigOf, loadKubeconfig } from '../../src/kube/index.ts'
import type { LabFacts } from '../../src/lab/state.ts'
import { runSublet, temporaryLab } from '../helpers/run-sublet.ts'
import type { TargetFacts } from './target-facts.ts'

/** Starts a lab with its two virtual clusters, as a user does. */
export async function startLabTarget(stack: Stack): Promise<TargetFacts> {
  const lab = temporaryLab()
  stack.defer(() => lab.remove())
  const up = await runSublet(['lab', 'up', '--state-dir', lab.dir, '--json'])
  if (up.code !== 0) throw new Error(`the lab does not start: ${up.stderr}`)
  const facts = JSON.parse(up.stdout) as LabFacts
  const caFile = join(lab.dir, 'conformance-ca.crt')
  const { options } = await loadKubeconfig(facts.kubeconfig)
  writeFileSync(caFile, options.ca ?? '')
  const vclusters = await Promise.all(
    facts.vclusters.map(async ({ name, hostNamespace, context }) => {
      const { options: admin } = await loadKubeconfig(facts.kubeconfig, context)
      const kubeconfig = join(lab.dir, `conformance-${name}.kubeconfig`)
      const { server, ca: caPem, credential } = admin
      const text = await formatKubeconfig(kubeconfigOf({ name, server, caPem, credential }))
      writeFileSync(kubeconfig, text, { mode: 0o600 })
      return { name, hostNamespace, kubeconfig }
    }),
  )
  return {
    name: 'lab',
    kubeconfig: facts.kubeconfig,
    apiUrl: facts.hostApi,
    kubeletUrl: facts.kubelet,
    caFile,
    nodeName: facts.nodeName,
    issuer: 'https://kubernetes.default.svc.cluster.local',
    dockerHost: facts.dockerHost,
    vclusters,
  }
}
