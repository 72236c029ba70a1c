import { beforeAll, expect, test } from 'vitest'
import type { AskOptions } from './ask.ts'
import { answersOf } from './answers.ts'
import { without } from './normal.ts'
import { onEachTarget } from './each-target.ts'
import { adminCredential } from './exchange.ts'

/** What both serve: discovery's account of every resource that is as old as 1.20 and served to this day. */

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  '/api/v1': [
    'bindings',
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'namespaces',
    'namespaces/finalize',
    'namespaces/status',
    'nodes',
    'nodes/proxy',
    'nodes/status',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
    'persistentvolumes',
    'pods',
    'pods/attach',
    'pods/binding',
    'pods/eviction',
    'pods/exec',
    'pods/log',
    'pods/portforward',
    'pods/status',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'serviceaccounts/token',
    'services',
    'services/status',
  ],
  '/apis/apps/v1': [
    'controllerrevisions',
    'daemonsets',
    'daemonsets/status',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'replicasets',
    'replicasets/scale',
    'replicasets/status',
    'statefulsets',
    'statefulsets/scale',
    'statefulsets/status',
  ],
  '/apis/batch/v1': ['jobs', 'jobs/status'],
  '/apis/autoscaling/v1': ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'],
  '/apis/rbac.authorization.k8s.io/v1': [
    'clusterrolebindings',
    'clusterroles',
    'rolebindings',
    'roles',
  ],
  '/apis/authentication.k8s.io/v1': ['tokenreviews'],
  '/apis/authorization.k8s.io/v1': [
    'localsubjectaccessreviews',
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'subjectaccessreviews',
  ],
  '/apis/coordination.k8s.io/v1': ['leases'],
  '/apis/networking.k8s.io/v1': [
    'ingresses',
    'ingresses/status',
    'ingressclasses',
    'networkpolicies',
  ],
  '/apis/storage.k8s.io/v1': ['storageclasses', 'volumeattachments', 'csidrivers', 'csinodes'],
  '/apis/scheduling.k8s.io/v1': ['priorityclasses'],
  '/apis/node.k8s.io/v1': ['runtimeclasses'],
  '/apis/apiextensions.k8s.io/v1': [
    'customresourcedefinitions',
    'customresourcedefinitions/status',
  ],
  '/apis/admissionregistration.k8s.io/v1': [
    'mutatingwebhookconfigurations',
    'validatingwebhookconfigurations',
  ],
  '/apis/events.k8s.io/v1': ['events'],
}

interface Found {
  readonly name: string
  readonly verbs: readonly string[]
}

const answers = answersOf('discovery')
onEachTarget((target) => {
  let admin: Partial<AskOptions>
  beforeAll(async () => {
    admin = await adminCredential(target())
  })
  const get = async (path: string): Promise<unknown> =>
    JSON.parse((await target().api(path, admin)).text) as unknown

  test.each(Object.entries(GROUPS))('resources of %s', async (path, names) => {
    const { resources, ...list } = (await get(path)) as { resources: Found[] }
    const found = names.map((name) =>
      without(
        resources.find((each) => each.name === name) ?? {},
        'storageVersionHash',
        'singularName',
      ),
    )
    answers.check(target(), `resources of ${path}`, { ...list, resources: found })
  })

  test('the core group', async () => {
    const { serverAddressByClientCIDRs, ...core } = (await get('/api')) as Record<string, unknown>
    expect(serverAddressByClientCIDRs).toHaveLength(1)
    answers.check(target(), 'the core group', core)
  })

  test('the groups that both serve', async () => {
    const { groups, ...list } = (await get('/apis')) as {
      groups: { name: string; versions: { version: string }[] }[]
    }
    const names = Object.keys(GROUPS).flatMap((path) => path.split('/')[2] ?? [])
    const served = names.filter((name) =>
      groups.some(
        (group) => group.name === name && group.versions.some(({ version }) => version === 'v1'),
      ),
    )
    answers.check(target(), 'the groups that both serve', { ...list, served })
  })

  test('one group', async () => {
    answers.check(target(), 'one group', await get('/apis/apps'))
  })

  test('the version has what clients parse', async () => {
    const { major, minor, gitVersion, platform } = (await get('/version')) as Record<string, string>
    expect(major).toBe('1')
    expect(minor).toMatch(/^\d+$/)
    expect(gitVersion).toMatch(/^v1\.\d+\.\d+/)
    expect(platform).toMatch(/^linux\//)
  })

  test('openapi v2 names the kinds', async () => {
    const { definitions } = (await get('/openapi/v2')) as {
      definitions: Record<string, { 'x-kubernetes-group-version-kind'?: unknown }>
    }
    for (const kind of [
      'core.v1.Pod',
      'apps.v1.Deployment',
      'rbac.v1.ClusterRole',
      'batch.v1.Job',
    ]) {
      expect(
        definitions[`io.k8s.api.${kind}`]?.['x-kubernetes-group-version-kind'],
        kind,
      ).toHaveLength(1)
    }
  })
})
