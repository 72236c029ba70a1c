import { CONFIGMAPS, SECRETS, SERVICES } from '../../src/kube/index.ts'
import { onEachExchange } from './each-exchange.ts'
import type { Exchange } from './exchange.ts'

/** Lists, selectors, forms and refusals of reads. */

const NS = '/api/v1/namespaces/{ns}'
const CM = `${NS}/configmaps`
const get = (title: string, path: string, accept?: string): Exchange => ({
  title,
  path,
  ...(accept === undefined ? {} : { headers: { accept } }),
})
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const PARTIAL = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

onEachExchange(
  'rest-reads',
  [
    get('get', `${CM}/b`),
    get('get of nothing', `${CM}/zz`),
    get('get with a trailing slash', `${CM}/b/`),
    get('get in a namespace that is not there', '/api/v1/namespaces/no-such/configmaps/b'),
    get('list in a namespace that is not there', '/api/v1/namespaces/no-such/configmaps'),
    get('list by label', `${CM}?labelSelector=app%3Dx`),
    get('list by label: not equal', `${CM}?labelSelector=app!%3Dx%2Capp`),
    get('list by label: in', `${CM}?labelSelector=app%20in%20(x%2Cy)`),
    get('list by label: exists not', `${CM}?labelSelector=!app%2Cmine`),
    get('list by label: no selector', `${CM}?labelSelector=app%20in%20x`),
    get('list by label: a wrong key', `${CM}?labelSelector=a%2Fb%2Fc%3Dx`),
    get('list by field', `${CM}?fieldSelector=metadata.name%3Db`),
    get(
      'list by field: not equal',
      `${CM}?fieldSelector=metadata.name!%3Db%2Cmetadata.name!%3Dkube-root-ca.crt`,
    ),
    get('list by field: unknown', `${CM}?fieldSelector=data.a%3Db`),
    get('list by field: no selector', `${CM}?fieldSelector=metadata.name`),
    get('list by field: pods by an unknown one', `${NS}/pods?fieldSelector=spec.image%3Db`),
    get(
      'list by field: pods by node',
      `${NS}/pods?fieldSelector=spec.nodeName%3Dnone%2Cstatus.phase%3DRunning`,
    ),
    get('list by field: secrets by type', `${NS}/secrets?fieldSelector=type%3DOpaque`),
    get('list with a limit that is none', `${CM}?limit=x`),
    get('list with a continue token that is none', `${CM}?limit=1&continue=x`),
    get('list with an unknown match', `${CM}?resourceVersionMatch=Exact`),
    get('list with an unknown match word', `${CM}?resourceVersion=1&resourceVersionMatch=Most`),
    get('list with a version that is no number', `${CM}?resourceVersion=x`),
    get('list as partial metadata', `${CM}?labelSelector=app`, PARTIAL_LIST),
    get('list as partial metadata of one', `${CM}?labelSelector=app`, PARTIAL),
    get('get as partial metadata', `${CM}/b`, PARTIAL),
    get('get as another form', `${CM}/b`, 'application/json;as=Picture;v=v1;g=meta.k8s.io'),
    get('get as HTML', `${CM}/b`, 'text/html'),
    get('get as text or anything', `${CM}/b`, 'text/html, */*;q=0.1'),
    get('table: configmaps', `${CM}?labelSelector=app%3Dx`, TABLE),
    get('table: one configmap', `${CM}/b`, TABLE),
    get('table: secrets', `${NS}/secrets?fieldSelector=metadata.name%3Ds`, TABLE),
    get('table: services', `${NS}/services`, TABLE),
    get('table: pods', `${NS}/pods`, TABLE),
    get('table: deployments', `/apis/apps/v1/namespaces/{ns}/deployments`, TABLE),
    get('table: replicasets', `/apis/apps/v1/namespaces/{ns}/replicasets`, TABLE),
    get('table: daemonsets', `/apis/apps/v1/namespaces/{ns}/daemonsets`, TABLE),
    get('table: statefulsets', `/apis/apps/v1/namespaces/{ns}/statefulsets`, TABLE),
    get('table: jobs', `/apis/batch/v1/namespaces/{ns}/jobs`, TABLE),
    get('table: events', `${NS}/events`, TABLE),
    get('table: endpoints', `${NS}/endpoints`, TABLE),
    get('table: leases', '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases', TABLE),
    get('table: roles', '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', TABLE),
    get(
      'table: rolebindings',
      '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings',
      TABLE,
    ),
    get('table: the namespace', '/api/v1/namespaces/{ns}', TABLE),
    get('table with objects of an unknown kind', `${CM}?includeObject=All`, TABLE),
    get('unknown resource', `${NS}/things`),
    get('unknown subresource', `${CM}/b/part`),
    get('unknown group', '/apis/example.com/v1/things'),
    get('unknown version', '/apis/apps/v9/deployments'),
    get('unknown path', '/nowhere'),
    get('no list of reviews', '/apis/authentication.k8s.io/v1/tokenreviews'),
    { title: 'no update of a collection', method: 'PUT', path: CM, body: {} },
    {
      title: 'no patch of a collection',
      method: 'PATCH',
      path: CM,
      body: {},
      type: 'application/merge-patch+json',
    },
    { title: 'no post to an object', method: 'POST', path: `${CM}/b`, body: {} },
    { title: 'no such method', method: 'TRACE', path: `${CM}/b` },
    get('version', '/healthz'),
    get('readyz', '/readyz'),
    get('livez ping', '/livez/ping'),
    get('healthz of nothing', '/healthz/nope'),
  ],
  async ({ admin }, namespace) => {
    for (const [name, labels] of Object.entries({
      a: { app: 'x' },
      b: { app: 'y' },
      c: { mine: '' },
    })) {
      await admin.create(CONFIGMAPS, {
        metadata: { namespace, name, labels },
        data: { name },
      } as object as { metadata: object })
    }
    await admin.create(SECRETS, {
      metadata: { namespace, name: 's' },
      type: 'Opaque',
      data: { a: 'Yg==' },
    } as object as { metadata: object })
    await admin.create(SERVICES, {
      metadata: { namespace, name: 's' },
      spec: { clusterIP: 'None', ports: [{ port: 80 }] },
    } as object as { metadata: object })
  },
)
