import fc from 'fast-check'
import type { PodOwner } from '../../src/kubelet/index.ts'

/** Host pods of two slices and of nobody, and arbitrary metrics about them: honest, mistaken and hostile lines. */
export const hostPods: readonly { key: string; uid: string; owner: PodOwner | undefined }[] = [
  ['vcluster-k8s1', 'web-0-x-shop-x-k8s1', 0, false],
  ['vcluster-k8s1', 'db-x-shop-x-k8s1', 0, true],
  ['vcluster-k8s2', 'web-0-x-shop-x-k8s2', 1, false],
  ['kube-system', 'etcd', undefined, true],
].map(([namespace, name, slice, hostNetwork], i) => {
  const uid = `0000000${i}-58aa-4c6b-9d55-0d1d5a3f7c0${i}`
  const owner = {
    slice,
    host: { namespace, name },
    hostUid: uid,
    hostNetwork,
    virtual: {
      namespace: 'shop',
      name: String(name).split('-x-')[0],
      uid: `1111111${i}-58aa-4c6b-9d55-0d1d5a3f7c0${i}`,
    },
    hostOnlyContainers: new Set(['vcluster-rewrite-hosts']),
    virtualName: () => undefined,
  } as PodOwner
  return { key: `${namespace}/${name}`, uid, owner: slice === undefined ? undefined : owner }
})

export const owners = (namespace: string, name: string): PodOwner | undefined =>
  hostPods.find(({ key }) => key === `${namespace}/${name}`)?.owner

const containerId = (n: number): string => n.toString(16).repeat(64).slice(0, 64)

const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: rare })

const NASTY = ['"', '\\', '\\"', '\\n', '}', '{', ',', '=', ' ', '\r', '\t', '\0', '\x7f', 'é', '𝄞']
const nasty = fc.constantFrom(...NASTY, 'pod="web-0-x-shop-x-k8s2"', '",pod="x')
const text = fc.array(mostly(fc.constantFrom('a', 'B', '7', '-', '/'), nasty), { maxLength: 6 })

const value = mostly(
  fc.constantFrom(
    '0',
    '1',
    '1.5e+09',
    '0.001234',
    'NaN',
    '+Inf',
    '-Inf',
    '-3',
    '18446744073709551616',
  ),
  fc.constantFrom('', '1e', '0x1', '1 2 3', 'nan', '--1', '1.', '.5', '1\r', '٣', '9'.repeat(200)),
)
const time = mostly(
  fc.constantFrom('', ' 1795348762853', ' -5'),
  fc.constantFrom(' ', ' x', '  1', ' 1.5', ' 1 '),
)
const family = fc.constantFrom(
  'container_cpu_load_average_10s',
  'container_network_receive_bytes_total',
  'container_fs_limit_bytes',
  'machine_cpu_cores',
  'app_metric',
)

const labels = fc
  .record({
    pod: fc.nat(hostPods.length - 1),
    uidOf: mostly(fc.constant(undefined), fc.nat(hostPods.length - 1)),
    container: mostly(fc.constantFrom('', 'app', 'POD'), fc.constant('vcluster-rewrite-hosts')),
    id: fc.nat(3),
    systemd: fc.boolean(),
    docker: fc.boolean(),
    image: mostly(
      fc.constantFrom('', 'nginx'),
      text.map((parts) => parts.join('')),
    ),
    extra: mostly(
      fc.constantFrom('', ',scope="container"', ',state="running"'),
      fc.constantFrom(',pod="web-0-x-shop-x-k8s2"', ',odd="1"', ',"utf8.name"="1"', ',', ',id="/"'),
    ),
  })
  .map((row) => {
    const host = hostPods[row.pod]
    const [namespace = '', name = ''] = host?.key.split('/') ?? []
    const uid = hostPods[row.uidOf ?? row.pod]?.uid ?? ''
    const cid = containerId(row.id + 1)
    const pod = row.systemd
      ? `/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`
      : `/kubepods/burstable/pod${uid}`
    const leaf = row.systemd ? `/cri-containerd-${cid}.scope` : `/${cid}`
    const path = row.container === '' ? pod : pod + leaf
    const runtimeName = row.docker ? `k8s_app_${name}_${namespace}_${uid}_0` : cid
    const shown = row.container === '' ? '' : runtimeName
    return `{container="${row.container}",id="${path}",image="${row.image}",name="${shown}",namespace="${namespace}",pod="${name}"${row.extra}}`
  })

const sample = fc
  .tuple(mostly(labels, fc.constantFrom('', '{}', '{pod=""}', '{a="b"', '{=}')), value, time)
  .map(([set, number, at]) => `${set} ${number}${at}`)

/** A family: its header (mostly) and its lines; rows of several families share their label sets. */
const block = fc
  .tuple(family, fc.array(sample, { maxLength: 8 }), fc.nat(9))
  .map(([name, rows, header]) => {
    const lines = rows.map((row) => name + row)
    if (header === 0) return lines
    const type = header === 1 ? 'histogram' : header === 2 ? 'nonsense' : 'gauge'
    return [`# HELP ${name} Help of ${name}.`, `# TYPE ${name} ${type}`, ...lines]
  })

const repeated = fc
  .tuple(
    fc.uniqueArray(family, { minLength: 2, maxLength: 4 }),
    fc.array(sample, { maxLength: 10 }),
  )
  .map(([names, rows]) =>
    names.flatMap((name) => [`# TYPE ${name} gauge`, ...rows.map((row) => name + row)]),
  )

const junk = fc.constantFrom(
  '',
  '# a comment',
  '#',
  '{',
  ' ',
  'x',
  '\r',
  '\0',
  '# HELP',
  '"a" 1',
  '# EOF',
)

/** A whole payload: families (some twice, some with the same label sets), junk between them, an end that may be missing. */
export const payload: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.array(fc.oneof(block, repeated, fc.array(junk, { maxLength: 2 })), { maxLength: 6 }),
    mostly(fc.constant('\n'), fc.constantFrom('', ' 1', '\r\n')),
  )
  .map(([blocks, end]) => {
    const lines = blocks.flat()
    return Buffer.from(lines.length === 0 ? '' : lines.join('\n') + end)
  })

/** A payload with some of its bytes replaced, taken out or added. */
export const damagedPayload: fc.Arbitrary<Buffer> = fc
  .tuple(
    payload,
    fc.array(
      fc.tuple(fc.nat(), fc.nat(2), fc.oneof(fc.nat(255), fc.constantFrom(10, 34, 44, 92, 125))),
      {
        maxLength: 4,
      },
    ),
  )
  .map(([bytes, edits]) => {
    let result = bytes
    for (const [at, kind, byte] of edits) {
      const place = result.length === 0 ? 0 : at % result.length
      const rest = result.subarray(kind === 2 ? place : place + 1)
      const middle = kind === 1 ? [] : [byte]
      result = Buffer.concat([result.subarray(0, place), Buffer.from(middle), rest])
    }
    return result
  })
