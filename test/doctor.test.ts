import { afterAll, beforeAll, expect, test } from 'vitest'
import { MEANINGS, diagnose, type Finding } from '../src/doctor/index.ts'
import { applyRemedy, labAgent, removeRemedy } from '../src/lab/compare/apply-remedy.ts'
import { openLab, type LabAccess } from '../src/lab/compare/lab-access.ts'
import { remedyTarget } from '../src/lab/compare/remedy-target.ts'
import { readFacts, stateDir, type LabFacts } from '../src/lab/state.ts'
import { remedyOf, type RemedyId, type RemedyTarget } from '../src/remedies/index.ts'
import { runSublet, temporaryLab } from './helpers/run-sublet.ts'

/** The doctor in the lab: it must find what is wrong before a remedy, and what is wrong or right after each. */

const folder = temporaryLab()
const { signal } = new AbortController()
let facts: LabFacts
let lab: LabAccess
let target: RemedyTarget

beforeAll(async () => {
  const up = await runSublet(['lab', 'up', '--state-dir', folder.dir])
  expect(up.code, up.stderr).toBe(0)
  const dir = stateDir(folder.dir)
  facts = readFacts(dir)
  lab = await openLab(dir, facts, signal)
  target = await remedyTarget(lab)
}, 60_000)

afterAll(async () => {
  await lab[Symbol.asyncDispose]()
  await folder.remove()
}, 60_000)

/** Findings about k8s1's agent while a remedy is in place. */
async function findingsWith(id: RemedyId): Promise<Finding[]> {
  const remedy = remedyOf(id)
  await applyRemedy(lab, remedy, target, labAgent(target), signal)
  try {
    return await diagnose({ kubeconfig: facts.kubeconfig, vcluster: 'k8s1', signal })
  } finally {
    await removeRemedy(lab, remedy, target)
  }
}

test('the command finds the unknown token in every vcluster, says why and what next, and exits with 1', async () => {
  const end = await runSublet(['doctor', '--kubeconfig', facts.kubeconfig])
  expect(end.code, end.stderr).toBe(1)
  for (const name of ['k8s1', 'k8s2']) {
    expect(end.stdout).toContain(
      `✗ ${name}: datadog/datadog-agent gets 401 from ${facts.kubelet}/stats/summary`,
    )
    for (const id of ['gateway', 'host-agent', 'runtime', 'token-path'] as const) {
      const line = `sublet manifests ${id} --vcluster ${name}\n            price: ${remedyOf(id).price}\n`
      expect(end.stdout).toContain(line)
    }
  }
  expect(end.stdout).toContain('invalid bearer token')
  expect(end.stdout).toContain('next  Put the gateway on the node')
  expect(end.stdout + end.stderr).not.toMatch(/eyJ[\w-]+\.eyJ/)
})

test('without a remedy: the unknown token, and the runtime socket in the tenant', async () => {
  const found = await findingsWith('none')
  expect(found.map(({ kind }) => kind)).toEqual([
    'runtime-socket-in-tenant',
    'token-unknown-to-host',
  ])
})

test('with the host token: the credential in the tenant, and the neighbours that it shows', async () => {
  const found = await findingsWith('token-override')
  expect(found.map(({ kind }) => kind)).toEqual([
    'runtime-socket-in-tenant',
    'host-token-in-tenant',
    'sees-other-tenants',
  ])
  expect(found).toContainEqual(
    expect.objectContaining({
      secret: 'host-kubelet-token',
      user: 'system:serviceaccount:vcluster-k8s1:vcluster-kubelet-access',
    }),
  )
})

test('with the host token in a file of its own: the same', async () => {
  const found = await findingsWith('token-path')
  expect(found).toContainEqual(
    expect.objectContaining({
      kind: 'host-token-in-tenant',
      secret: 'host-kubelet-metrics-token',
      user: 'system:serviceaccount:vcluster-k8s1:vcluster-kubelet-metrics',
    }),
  )
  expect(found.map(({ kind }) => kind)).toContain('sees-other-tenants')
})

test('with the kubelet check switched off: that nothing asks, and not what the kubelet would answer', async () => {
  const found = await findingsWith('runtime')
  expect(found.map(({ kind }) => kind)).toEqual(['runtime-socket-in-tenant', 'kubelet-check-off'])
  expect(found[1]).toMatchObject({
    configMap: 'sublet-no-kubelet-check',
    path: '/etc/datadog-agent/conf.d/kubelet.d',
  })
})

test('with one agent on the host: the tenant’s runs nowhere, and that is as it should be', async () => {
  const found = await findingsWith('host-agent')
  expect(found).toEqual([
    {
      kind: 'agent-on-the-host',
      agent: { vcluster: 'k8s1', namespace: 'datadog', name: 'datadog-agent' },
      nodes: 1,
    },
  ])
})

test('with the gateway: nothing is wrong', async () => {
  const found = await findingsWith('gateway')
  expect(found.map(({ kind }) => kind)).toEqual(['kubelet-answers'])
  expect(found.some((finding) => MEANINGS[finding.kind].problem)).toBe(false)
})

test('--json holds the evidence, the cause and the remedies of each finding', async () => {
  const argv = [
    'doctor',
    '--kubeconfig',
    facts.kubeconfig,
    '--context',
    'minikube',
    '--vcluster',
    'k8s2',
    '--json',
  ]
  const end = await runSublet(argv)
  expect(end.code).toBe(1)
  const { findings } = JSON.parse(end.stdout) as { findings: Record<string, unknown>[] }
  expect(findings).toContainEqual(
    expect.objectContaining({
      kind: 'token-unknown-to-host',
      problem: true,
      agent: { vcluster: 'k8s2', namespace: 'datadog', name: 'datadog-agent' },
      remedies: ['gateway', 'host-agent', 'runtime', 'token-path'],
      prices: expect.objectContaining({ 'host-agent': remedyOf('host-agent').price }) as unknown,
    }),
  )
})

test('a vcluster by its own context is examined as well', async () => {
  const context = 'vcluster_k8s2_vcluster-k8s2_minikube'
  const end = await runSublet([
    'doctor',
    '--kubeconfig',
    facts.kubeconfig,
    '--vcluster-context',
    context,
    '--vcluster',
    'k8s2',
  ])
  expect(end.stdout).toContain('✗ k8s2: datadog/datadog-agent gets 401')
})

test('a kubeconfig that is not there, and a vcluster that is not there, are told', async () => {
  const missing = await runSublet(['doctor', '--kubeconfig', '/nowhere/config'])
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain('the kubeconfig /nowhere/config cannot be read')
  const nobody = await runSublet([
    'doctor',
    '--kubeconfig',
    facts.kubeconfig,
    '--vcluster',
    'nobody',
  ])
  expect(nobody.code).toBe(1)
  expect(nobody.stdout).toContain('the host cluster runs no vcluster nobody')
})
