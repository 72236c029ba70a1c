import fc from 'fast-check'
import { hostName } from '../src/tenants/index.ts'
import { syncedBy, type NodePod } from '../test/helpers/node-payloads.ts'

/** The tenants of every made-up node; `nobody` stands for the platform's own namespaces. */
export const TENANTS = ['k8s1', 'k8s2', 'k8s3'] as const

/** A pod of a made-up node: whose it is, and the text that stands for it alone wherever it may show. */
export interface FuzzPod extends NodePod {
  readonly tenant: (typeof TENANTS)[number] | 'nobody'
  readonly canary: string
}

const NASTY = [
  '"',
  '\\',
  '\n',
  '\\n',
  '}',
  '{',
  ',',
  '=',
  ' ',
  '#',
  '\r',
  '\0',
  '\u2028',
  'é',
  '𝄞',
  '',
  '",pod="web-x-shop-x-k8s2',
  '"} 1\ncontainer_memory_usage_bytes{pod="web-x-shop-x-k8s2",namespace="vcluster-k8s2"} 2\n',
  '\n# EOF\n',
  '__proto__',
  'constructor',
]
const text = fc.array(fc.constantFrom(...NASTY, 'a', 'Z', '0'), { maxLength: 5 })

/** What a tenant may write into annotations and labels, and what only the syncer writes: each may be a lie. */
const KEYS = [
  'object-name',
  'object-namespace',
  'object-uid',
  'object-kind',
  'object-host-name',
  'object-host-namespace',
  'name',
  'namespace',
  'uid',
  'labels',
  'owner-references',
  'token-abcdefgh',
].map((key) => `vcluster.loft.sh/${key}`)
const VALUES = [
  'web',
  'db',
  'shop',
  'vcluster-k8s1',
  'vcluster-k8s2',
  'k8s1',
  'k8s2',
  '/v1, Kind=Pod',
]
const lie = fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES, '', '\n', '"'))

const spec = fc.record({
  tenant: fc.constantFrom(...TENANTS, 'nobody' as const),
  name: fc.constantFrom('web', 'db', 'web-x-shop', 'a'.repeat(60)),
  namespace: fc.constantFrom('shop', 'kube-system', 'x'),
  lies: fc.option(fc.array(lie, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 3 }),
  manager: fc.option(fc.constantFrom(...TENANTS), { nil: undefined, freq: 6 }),
  label: text,
  image: text,
  container: text,
})

/** Up to eight pods of all tenants and of nobody. */
export const node: fc.Arbitrary<readonly FuzzPod[]> = fc
  .array(spec, { minLength: 1, maxLength: 8 })
  .map((specs) =>
    specs.map(({ tenant, name, namespace, lies = [], manager, label, image, container }, i) => {
      // Digits and letters that nothing else on the node has, in every place where a pod can put a text.
      const canary = `canary${i}x${(0x5eed + i * 7919).toString(36)}`
      const uid = `${i}0000000-58aa-4c6b-9d55-0d1d5a3f7c0${i}`
      const vcluster = tenant === 'nobody' ? 'k8s1' : tenant
      const honest = syncedBy(manager ?? vcluster, { name, namespace, uid: `virtual-${uid}` })
      return {
        tenant,
        canary,
        namespace: tenant === 'nobody' ? 'kube-system' : `vcluster-${tenant}`,
        name: hostName(name, namespace, vcluster),
        uid,
        labels: { ...honest.labels, app: canary + label.join('') },
        annotations: { ...honest.annotations, note: canary, ...Object.fromEntries(lies) },
        image: canary + image.join(''),
        container: canary + container.join(''),
        bytes: 7_000_000_001 + i * 1_000_003,
      }
    }),
  )

/** Bytes replaced, taken out or added, at places that are told as fractions. */
export const damage: fc.Arbitrary<readonly (readonly [number, number, number])[]> = fc.array(
  fc.tuple(
    fc.nat(0xffffff),
    fc.nat(2),
    fc.oneof(fc.nat(255), fc.constantFrom(10, 34, 44, 92, 123, 125)),
  ),
  { maxLength: 4 },
)

export function damaged(
  bytes: Buffer,
  edits: readonly (readonly [number, number, number])[],
): Buffer {
  let result = bytes
  for (const [at, kind, byte] of edits) {
    const place = Math.floor((at / 0x1000000) * result.length)
    const rest = result.subarray(kind === 2 ? place : place + 1)
    const middle = kind === 1 ? [] : [byte]
    result = Buffer.concat([result.subarray(0, place), Buffer.from(middle), rest])
  }
  return result
}
