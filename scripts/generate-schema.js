/**
 * Writes src/lab/apiserver/schema/fields-table.ts: the fields of every Kubernetes type, from the models of
 * @kubernetes/client-node, which are generated from the API's own OpenAPI document; and enums-table.ts beside it, from
 * the types of kubernetes-models, which tell what values a text may have.
 *
 *   npm pack @kubernetes/client-node@2.0.1 && tar xzf kubernetes-client-node-2.0.1.tgz
 *   npm pack kubernetes-models@5.1.0 && mkdir models && tar xzf kubernetes-models-5.1.0.tgz -C models
 *   node scripts/generate-schema.js package 2.0.1 models/package 5.1.0
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder = 'package', version = '', enumFolder = '', enumVersion = ''] = process.argv.slice(2)
const models = resolve(folder, 'dist/gen/models')

/** Kinds whose types, and all that they refer to, are written down. */
const ROOTS = [
  ...['Binding', 'ConfigMap', 'Endpoints', 'LimitRange', 'Namespace', 'Node', 'PersistentVolume'],
  ...['PersistentVolumeClaim', 'Pod', 'PodTemplate', 'ReplicationController', 'ResourceQuota'],
  ...['Secret', 'Service', 'ServiceAccount', 'ControllerRevision', 'DaemonSet', 'Deployment'],
  ...['ReplicaSet', 'StatefulSet', 'Job', 'CronJob', 'Role', 'RoleBinding', 'ClusterRole'],
  ...['ClusterRoleBinding', 'TokenReview', 'SelfSubjectReview', 'SubjectAccessReview'],
  ...['SelfSubjectAccessReview', 'LocalSubjectAccessReview', 'SelfSubjectRulesReview', 'Lease'],
  ...['EndpointSlice', 'PodDisruptionBudget', 'Eviction', 'Scale', 'StorageClass', 'CSIDriver'],
  ...['CSINode', 'VolumeAttachment', 'Ingress', 'IngressClass', 'NetworkPolicy', 'PriorityClass'],
  ...['RuntimeClass', 'CustomResourceDefinition', 'CertificateSigningRequest', 'DeleteOptions'],
  ...['HorizontalPodAutoscaler', 'Status', 'APIService'],
].map((kind) => `V1${kind}`)
const OTHER_ROOTS = ['V2HorizontalPodAutoscaler', 'CoreV1Event', 'EventsV1Event']
OTHER_ROOTS.push('AuthenticationV1TokenRequest')

/** Quantities are text in the models, but numbers may be sent for them. */
const QUANTITY =
  /^(LimitRangeItem\.(default|defaultRequest|max|maxLimitRequestRatio|min)|NodeStatus\.(allocatable|capacity)|ContainerStatus\.allocatedResources|PodStatus\.allocatedResources|Overhead\.podFixed|PersistentVolume(ClaimStatus|Spec)\.(allocatedResources|capacity)|PodSpec\.overhead|ResourceFieldSelector\.divisor|ResourceQuota(Spec|Status)\.(hard|used)|(Volume)?ResourceRequirements\.(limits|requests)|EmptyDirVolumeSource\.sizeLimit|V2Metric(Target|ValueStatus)\.(averageValue|value))$/

const shortName = (name) => (/^V1[A-Z]/.test(name) && name !== 'V1MicroTime' ? name.slice(2) : name)

const SCALARS = new Map([
  ['string', 'string'],
  ['string byte', 'bytes'],
  ['boolean', 'bool'],
  ['number int32', 'int32'],
  ['number int64', 'int64'],
  ['number double', 'double'],
  ['number', 'int64'],
  ['Date date-time', 'time'],
  ['Date', 'time'],
  ['V1MicroTime date-time-micro', 'microtime'],
  ['V1MicroTime', 'microtime'],
  ['IntOrString int-or-string', 'intstr'],
  ['IntOrString', 'intstr'],
  ['any', 'any'],
])

function typeOf(type, format) {
  const list = /^Array<(.*)>$/.exec(type)
  if (list) return `[]${typeOf(list[1], format)}`
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)
  if (map) return `{}${typeOf(map[1], format)}`
  return SCALARS.get(`${type} ${format}`.trim()) ?? SCALARS.get(type) ?? shortName(type)
}

const lines = new Map()
async function add(model) {
  const name = shortName(model)
  if (lines.has(name)) return
  lines.set(name, '')
  const module = await import(pathToFileURL(join(models, `${model}.js`)).href)
  const declared = readFileSync(join(models, `${model}.d.ts`), 'utf8')
  const fields = module[model].attributeTypeMap.map((attribute) => {
    const { baseName, type, format } = attribute
    const plain = typeOf(type, format)
    const known = QUANTITY.test(`${name}.${baseName}`)
    const required = declared.includes(`\n    '${attribute.name}': `)
    const written = required ? `${baseName}!` : baseName
    return { name: written, type: known ? plain.replace('string', 'quantity') : plain }
  })
  const text = fields.map((one) => (one.type === 'string' ? one.name : `${one.name}:${one.type}`))
  lines.set(name, `${name} ${text.join(' ')}`)
  for (const { type } of fields) {
    const bare = type.replace(/^(\[\]|\{\})+/, '')
    if (!/^[A-Z]/.test(bare)) continue
    await add(files.has(bare) ? bare : `V1${bare}`)
  }
}

const files = new Set(
  readdirSync(models).map((file) => file.replace(/(\.d)?\.(js|ts|js\.map)$/, '')),
)
for (const root of [...ROOTS, ...OTHER_ROOTS]) await add(root)
const release = /OpenAPI spec version: (\S+)/.exec(
  readFileSync(join(models, 'V1Pod.js'), 'utf8'),
)?.[1]
const table = [...lines.values()].sort().join('\n')
writeFileSync(
  join(import.meta.dirname, '../src/lab/apiserver/schema/fields-table.ts'),
  `/**
 * The fields of Kubernetes' types, one type a line: \`Type field field:type …\`; a field without a type is text.
 * \`[]T\` is a list, \`{}T\` a map; what has an exclamation mark is required. Written by scripts/generate-schema.js from
 * the models of @kubernetes/client-node ${version} (${release}). Do not edit.
 */
export const FIELDS_TABLE = \`
${table}
\`
`,
)

/** Where kubernetes-models keeps the types of a group, the first that has the type counts. */
const GROUPS = ['v1', 'apps/v1', 'batch/v1', 'autoscaling/v2', 'networking.k8s.io/v1', 'policy/v1']
GROUPS.push('discovery.k8s.io/v1', 'storage.k8s.io/v1', 'admissionregistration.k8s.io/v1')
GROUPS.push('certificates.k8s.io/v1', 'scheduling.k8s.io/v1', 'node.k8s.io/v1')
const OWN_GROUP = {
  DiscoveryV1EndpointPort: 'discovery.k8s.io/v1',
  EventsV1Event: 'events.k8s.io/v1',
  HorizontalPodAutoscalerSpec: undefined,
}

function enumsOf(type) {
  const name = type.replace(/^([A-Z][a-z]+)?V\d+(?=[A-Z])/, '')
  const groups = type in OWN_GROUP ? [OWN_GROUP[type]] : GROUPS
  const file = groups
    .map((group) => join(enumFolder, String(group), `${name}.d.ts`))
    .find((path) => existsSync(path))
  if (file === undefined) return []
  const [, body = ''] = readFileSync(file, 'utf8').split(/export interface \w+ (?:extends \w+ )?\{/)
  const found = /^ {4}"(\w+)"\??: ((?:"[^"]*"(?: \| )?)+);$/gm
  return [...body.split('\n}')[0].matchAll(found)]
    .filter(([, field]) => !['apiVersion', 'kind'].includes(field))
    .map(([, field, values]) => {
      const texts = [...values.matchAll(/"([^"]*)"/g)].map(([, text]) => text)
      return `${type}.${field} ${texts.join(' ')}`
    })
}

if (enumFolder !== '') {
  const enums = [...lines.keys()].sort().flatMap(enumsOf)
  writeFileSync(
    join(import.meta.dirname, '../src/lab/apiserver/schema/enums-table.ts'),
    `/**
 * The values that a text may have, one field a line. Written by scripts/generate-schema.js from the types of
 * kubernetes-models ${enumVersion}. Do not edit.
 */
export const ENUMS_TABLE = \`
${enums.join('\n')}
\`
`,
  )
}
