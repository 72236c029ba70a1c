import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCluster, type TestCluster } from '../../../test/helpers/cluster.ts'
import {
  CLUSTERROLES,
  PODS,
  ROLEBINDINGS,
  ROLES,
  SECRETS,
  type KubeClient,
  type KubeObject,
  type Role,
  type RoleBinding,
} from '../../kube/index.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster[Symbol.asyncDispose]())

async function clientOf(name: string, ...groups: string[]): Promise<KubeClient> {
  const { certPem, keyPem } = await cluster.api.issueClientCertificate(name, groups)
  return cluster.client({ kind: 'certificate', cert: certPem, key: keyPem })
}

const bindTo = (kind: 'Role' | 'ClusterRole', role: string, user: string): Promise<RoleBinding> =>
  cluster.admin.create<RoleBinding>(ROLEBINDINGS, {
    metadata: { generateName: 'test-', namespace: 'default' },
    subjects: [{ kind: 'User', name: user }],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
  })

test('a role holds in its namespace, and from the next request on', async () => {
  const jane = await clientOf('jane')
  const refused =
    'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"'
  await expect(jane.list(PODS, { namespace: 'default' })).rejects.toThrow(refused)
  await bindTo('ClusterRole', 'view', 'jane')
  expect((await jane.list(PODS, { namespace: 'default' })).items).toEqual([])
  await expect(jane.list(PODS)).rejects.toThrow('at the cluster scope')
  await expect(jane.list(SECRETS, { namespace: 'default' })).rejects.toThrow('cannot list resource')
})

test('a role with resourceNames covers those, also in lists and watches of one name', async () => {
  const joe = await clientOf('joe')
  await cluster.admin.create<Role>(ROLES, {
    metadata: { name: 'one-secret', namespace: 'default' },
    rules: [
      { verbs: ['get', 'list'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a'] },
    ],
  })
  await bindTo('Role', 'one-secret', 'joe')
  await cluster.admin.create<KubeObject>(SECRETS, { metadata: { name: 'a', namespace: 'default' } })
  const namespace = 'default'
  expect((await joe.get(SECRETS, { namespace, name: 'a' })).metadata.name).toBe('a')
  await expect(joe.get(SECRETS, { namespace, name: 'b' })).rejects.toThrow(
    'secrets "b" is forbidden: User "joe" cannot get resource "secrets"',
  )
  const one = await joe.list(SECRETS, { namespace, fieldSelector: 'metadata.name=a' })
  expect(one.items).toHaveLength(1)
  await expect(joe.list(SECRETS, { namespace })).rejects.toThrow('secrets is forbidden')
})

test('who may get a pod may not ask for what lies below it', async () => {
  const user = await clientOf('sub')
  await bindTo('ClusterRole', 'view', 'sub')
  const path = '/api/v1/namespaces/default/pods/x/exec'
  const answer = await user.raw('GET', path)
  expect(answer.status).toBe(403)
  expect(answer.body.toString()).toContain('cannot get resource \\"pods/exec\\"')
})

test('a kubelet may do its work and no more', async () => {
  const kubelet = await clientOf('system:node:n1', 'system:nodes')
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: 'x' },
  }
  const path = '/apis/authentication.k8s.io/v1/tokenreviews'
  expect((await kubelet.raw('POST', path, { body: review })).status).toBe(201)
  expect((await kubelet.list(PODS)).items).toEqual([])
  await expect(kubelet.list(CLUSTERROLES)).rejects.toThrow('cannot list resource "clusterroles"')
})

test('the default roles are complete before anybody aggregates them', async () => {
  const edit = await cluster.admin.get<Role>(CLUSTERROLES, { name: 'edit' })
  expect(JSON.stringify(edit.rules)).toContain('serviceaccounts/token')
})
