import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { printManifests, type Side } from '../../src/cli/print-manifests.ts'
import type { DaemonSet, PolicyRule } from '../../src/kube/index.ts'
import { parseCheckOutput, type CheckOutput } from '../../src/lab/compare/agent-checks.ts'
import { vclusterWorkloads } from '../../src/lab/vcluster/index.ts'
import { REMEDIES } from '../../src/remedies/index.ts'
import { runSublet } from '../helpers/run-sublet.ts'
import { onEachTarget } from './each-target.ts'
import type { Account, Target } from './target.ts'
import { HOST_POD, ONLY_IN } from './tenant-workload.ts'

/** What `sublet manifests` prints is what kubectl takes and the API server accepts, of every remedy and on both sides. */

onEachTarget((target) => {
  let namespace = ''

  beforeAll(async () => {
    namespace = await target().namespace()
    await target().kubectl(['apply', '-f', '-'], JSON.stringify(parkedAgent(namespace)))
  })

  /** In a namespace of its own, which stands for the host's and the tenant's: targets are shared. */
  const printed = (id: string, side: Side): string => {
    const remedy = REMEDIES.find((each) => each.id === id)
    if (remedy === undefined) throw new Error(`there is no remedy ${id}`)
    return printManifests(remedy, { vcluster: 'k8s1', hostNamespace: namespace, side })
      .replaceAll(/sublet-system|sublet-host-agent/g, namespace)
      .replaceAll(/namespace: datadog$/gm, `namespace: ${namespace}`)
  }

  const kindsOf = (manifests: string): string[] =>
    [...manifests.matchAll(/^kind: (\w+)$/gm)].map(([, kind = '']) => kind.toLowerCase())

  test.each(REMEDIES.map(({ id }) => id))('%s can be applied on both sides', async (id) => {
    const applied = (['host', 'tenant'] as const).map(async (side) => {
      const manifests = printed(id, side)
      const kinds = kindsOf(manifests)
      if (kinds.length === 0) return
      const output = await target().kubectl(['apply', '--dry-run=server', '-f', '-'], manifests)
      const answers = output.trim().split('\n')
      // One line for each object: `configmap/name created (server dry run)`.
      expect(answers.map((line) => line.split(/[./]/)[0])).toEqual(kinds)
      for (const line of answers) expect(line).toMatch(/ \(server dry run\)$/)
    })
    const patch = printed(id, 'patch')
    const patched = /^spec:/m.test(patch)
      ? target().kubectl(
          ['patch', 'daemonset', 'datadog-agent', '-n', namespace, '--dry-run=server', '-p', patch],
          '',
        )
      : Promise.resolve('daemonset.apps/datadog-agent patched')
    await Promise.all([...applied, patched])
    expect(await patched).toContain('daemonset.apps/datadog-agent patched')
  })

  test('with the grants of host-agent an agent tags the pods of both vclusters with their virtual names', async () => {
    const { rules } = parseAllDocuments(printed('host-agent', 'host'))
      .map((document) => document.toJS() as { kind: string; rules: PolicyRule[] })
      .find(({ kind }) => kind === 'ClusterRole') ?? { rules: [] }
    const account = await target().account(namespace, rules)
    const [kubelet, container] = await Promise.all(
      ['kubelet', 'container'].map((check) => agentCheck(target(), account, check)),
    )
    const ledgers = { k8s1: ONLY_IN.k8s1, k8s2: ONLY_IN.k8s2 }
    for (const [vcluster, pod] of Object.entries(ledgers)) {
      for (const output of [kubelet, container]) {
        const samples = (output?.aggregator.metrics ?? []).filter(({ tags }) =>
          tags.includes(`vcluster:${vcluster}`),
        )
        expect(samples.map(({ tags }) => tags)).toContainEqual(
          expect.arrayContaining([`pod_name:${pod}`, 'kube_namespace:shop']),
        )
        // Neither a host name nor a neighbour's.
        const other = vcluster === 'k8s1' ? ledgers.k8s2 : ledgers.k8s1
        expect(JSON.stringify(samples)).not.toMatch(new RegExp(`-x-|${other}|${HOST_POD.name}`))
      }
      expect(kubelet?.inventories.vclusters?.[vcluster]?.metricSamples).toBeGreaterThan(0)
    }
    const hostPods = (kubelet?.aggregator.metrics ?? []).filter(({ tags }) =>
      tags.includes(`pod_name:${HOST_POD.name}`),
    )
    expect(hostPods.length).toBeGreaterThan(0)
    expect(JSON.stringify(hostPods)).not.toContain('vcluster:')
  })
})

/** The agent's program on the host, with the files and variables of the remedy's DaemonSet. */
async function agentCheck(target: Target, account: Account, check: string): Promise<CheckOutput> {
  const { facts } = target
  const root = mkdtempSync(join(tmpdir(), 'sublet-host-agent-'))
  try {
    const dir = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'token'), account.token.reveal(), { mode: 0o600 })
    writeFileSync(join(dir, 'ca.crt'), target.caPem)
    const [api, kubelet] = [new URL(facts.apiUrl), new URL(facts.kubeletUrl)]
    const end = await runSublet(['agent', 'check', check, '--json'], {
      env: {
        SUBLET_CONTAINER_ROOT: root,
        KUBERNETES_SERVICE_HOST: api.hostname,
        KUBERNETES_SERVICE_PORT: api.port,
        DD_KUBERNETES_KUBELET_HOST: kubelet.hostname,
        DD_KUBERNETES_HTTPS_KUBELET_PORT: kubelet.port,
        DD_KUBERNETES_HTTP_KUBELET_PORT: '0',
        DD_KUBERNETES_KUBELET_NODENAME: facts.nodeName,
        DD_KUBELET_USE_API_SERVER: 'true',
        DOCKER_DD_AGENT: 'true',
        SUBLET_VCLUSTERS: facts.vclusters
          .map(({ name, hostNamespace }) => `${name}=${hostNamespace}`)
          .join(','),
      },
    })
    expect(end.code, end.stderr).toBe(0)
    return parseCheckOutput(check, end)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The agent's DaemonSet as the Helm chart makes it, where no node is for it. */
function parkedAgent(namespace: string): DaemonSet {
  const found = vclusterWorkloads({ name: 'k8s1' }).find(({ kind }) => kind === 'DaemonSet')
  const { metadata, spec, ...rest } = found as DaemonSet
  const podSpec = { ...spec.template.spec, nodeSelector: { 'conformance/nowhere': 'true' } }
  return {
    ...rest,
    metadata: { ...metadata, namespace },
    spec: { ...spec, template: { ...spec.template, spec: podSpec } },
  }
}
