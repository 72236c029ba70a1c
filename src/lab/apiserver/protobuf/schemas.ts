/** Field numbers of the messages that kubectl sends as protobuf. Source: the `generated.proto` files of k8s.io/api 1.36. */

export type Scalar = 'text' | 'bytes' | 'int' | 'bool'

export interface Field {
  readonly name: string
  readonly type: Scalar | Message | 'map' | 'bytes-map'
  readonly repeated?: true
}

export interface Message {
  readonly [number: number]: Field
}

const one = (name: string, type: Field['type']): Field => ({ name, type })
const many = (name: string, type: Field['type']): Field => ({ name, type, repeated: true })
const text = (name: string): Field => one(name, 'text')
const texts = (name: string): Field => many(name, 'text')

const OWNER: Message = {
  1: text('kind'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: one('controller', 'bool'),
  7: one('blockOwnerDeletion', 'bool'),
}

/** Times are left out: who creates an object does not choose them. */
const METADATA: Message = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  5: text('uid'),
  6: text('resourceVersion'),
  11: one('labels', 'map'),
  12: one('annotations', 'map'),
  13: many('ownerReferences', OWNER),
  14: texts('finalizers'),
}

const object = (rest: Message): Message => ({ 1: one('metadata', METADATA), ...rest })

const RESOURCE_ATTRIBUTES: Message = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
}
const ACCESS: Message = {
  1: one('resourceAttributes', RESOURCE_ATTRIBUTES),
  2: one('nonResourceAttributes', { 1: text('path'), 2: text('verb') }),
}
const SUBJECT_ACCESS = object({
  2: one('spec', { ...ACCESS, 3: text('user'), 4: texts('groups'), 6: text('uid') }),
})
const RULE: Message = {
  1: texts('verbs'),
  2: texts('apiGroups'),
  3: texts('resources'),
  4: texts('resourceNames'),
  5: texts('nonResourceURLs'),
}
const SELECTOR: Message = {
  1: one('matchLabels', 'map'),
  2: many('matchExpressions', { 1: text('key'), 2: text('operator'), 3: texts('values') }),
}
const BINDING = object({
  2: many('subjects', {
    1: text('kind'),
    2: text('apiGroup'),
    3: text('name'),
    4: text('namespace'),
  }),
  3: one('roleRef', { 1: text('apiGroup'), 2: text('kind'), 3: text('name') }),
})
const REFERENCE: Message = { 1: text('kind'), 2: text('namespace'), 3: text('name') }
const BOUND: Message = { 1: text('kind'), 2: text('apiVersion'), 3: text('name'), 4: text('uid') }

/** runtime.Unknown: what every object is wrapped in. */
export const ENVELOPE: Message = {
  1: one('typeMeta', { 1: text('apiVersion'), 2: text('kind') }),
  2: one('raw', 'bytes'),
}

/** By kind. */
export const SCHEMAS: ReadonlyMap<string, Message> = new Map<string, Message>([
  ['Namespace', object({ 2: one('spec', { 1: texts('finalizers') }) })],
  [
    'ConfigMap',
    object({
      2: one('data', 'map'),
      3: one('binaryData', 'bytes-map'),
      4: one('immutable', 'bool'),
    }),
  ],
  [
    'Secret',
    object({
      2: one('data', 'bytes-map'),
      3: text('type'),
      4: one('stringData', 'map'),
      5: one('immutable', 'bool'),
    }),
  ],
  [
    'ServiceAccount',
    object({
      2: many('secrets', REFERENCE),
      3: many('imagePullSecrets', { 1: text('name') }),
      4: one('automountServiceAccountToken', 'bool'),
    }),
  ],
  ['Role', object({ 2: many('rules', RULE) })],
  [
    'ClusterRole',
    object({
      2: many('rules', RULE),
      3: one('aggregationRule', { 1: many('clusterRoleSelectors', SELECTOR) }),
    }),
  ],
  ['RoleBinding', BINDING],
  ['ClusterRoleBinding', BINDING],
  [
    'TokenRequest',
    object({
      2: one('spec', {
        1: texts('audiences'),
        3: one('boundObjectRef', BOUND),
        4: one('expirationSeconds', 'int'),
      }),
    }),
  ],
  ['TokenReview', object({ 2: one('spec', { 1: text('token'), 2: texts('audiences') }) })],
  ['SelfSubjectReview', object({})],
  ['SelfSubjectAccessReview', object({ 2: one('spec', ACCESS) })],
  ['SubjectAccessReview', SUBJECT_ACCESS],
  ['LocalSubjectAccessReview', SUBJECT_ACCESS],
  [
    'DeleteOptions',
    {
      1: one('gracePeriodSeconds', 'int'),
      2: one('preconditions', { 1: text('uid'), 2: text('resourceVersion') }),
      4: text('propagationPolicy'),
      5: texts('dryRun'),
    },
  ],
])
