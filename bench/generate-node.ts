import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Pod } from '../src/kube/index.ts'

/**
 * Multiplies the capture of one node into a node of any size: pod i is a copy of template i mod n, with a fresh uid,
 * fresh container ids and the host name that vcluster gives it; lines within a family are sorted as the kubelet sorts
 * them, so that one tenant's lines are scattered over the whole text. Same arguments, same bytes.
 */
export interface GeneratedNode {
  readonly pods: Pod[]
  readonly cadvisor: Buffer
  readonly tenants: readonly string[]
}

export interface Sample {
  readonly family: string
  readonly labels: readonly (readonly [string, string])[]
  /** ` value timestamp` */
  readonly tail: string
}

interface Template {
  readonly pod: Pod
  readonly samples: Sample[]
}

interface Capture {
  /** Family → its HELP and TYPE lines, in order. */
  readonly headers: Map<string, string[]>
  readonly templates: readonly Template[]
  readonly nodeSamples: readonly Sample[]
}

const fixture = (name: string): string =>
  gunzipSync(
    readFileSync(new URL(`../test/fixtures/minikube-1.34/${name}.gz`, import.meta.url)),
  ).toString()

export function generateNode(podCount: number, tenantCount: number): GeneratedNode {
  const { headers, templates, nodeSamples } = readCapture()
  const random = createRandom(podCount * 1000 + tenantCount)
  const tenants = Array.from({ length: tenantCount }, (_, i) => `k8s${i + 1}`)
  const samples: Sample[] = [...nodeSamples]
  const pods: Pod[] = []
  for (let i = 0; i < podCount; i++) {
    const tenant = tenants[Math.floor((i * tenantCount) / podCount)] ?? ''
    const template = templates[i % templates.length]
    if (template) pods.push(clone(template, tenant, i, random, samples))
  }
  return { pods, cadvisor: write(headers, samples), tenants }
}

function readCapture(): Capture {
  const headers = new Map<string, string[]>()
  const byPod = new Map<string, Sample[]>()
  const nodeSamples: Sample[] = []
  for (const line of fixture('cadvisor').split('\n')) {
    if (line === '') continue
    if (line.startsWith('#')) {
      const family = line.split(' ')[2] ?? ''
      headers.set(family, [...(headers.get(family) ?? []), line])
      continue
    }
    const sample = readSample(line)
    const labels = new Map(sample.labels)
    const key = `${labels.get('namespace')}/${labels.get('pod')}`
    if (!labels.get('pod')) nodeSamples.push(sample)
    else byPod.set(key, [...(byPod.get(key) ?? []), sample])
  }
  const list = JSON.parse(fixture('pods')) as { items: Pod[] }
  const templates = list.items.flatMap((pod) => {
    const samples = byPod.get(`${pod.metadata.namespace}/${pod.metadata.name}`)
    return samples ? [{ pod, samples }] : []
  })
  return { headers, templates, nodeSamples }
}

/** All samples of a text, as objects: what it would be as JSON. */
export function readSamples(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readSample)
}

function readSample(line: string): Sample {
  const [, family = '', labels = '', tail = ''] = /^([^{ ]+)(?:\{(.*)\})?( .*)$/.exec(line) ?? []
  const pairs = [...labels.matchAll(/([A-Za-z_]+)="((?:[^"\\]|\\.)*)"/g)]
  return { family, labels: pairs.map(([, name = '', value = '']) => [name, value]), tail }
}

function clone(
  { pod, samples }: Template,
  tenant: string,
  number: number,
  random: () => number,
  into: Sample[],
): Pod {
  const virtual = {
    name: `${pod.metadata.name}-${number}`,
    namespace: pod.metadata.namespace ?? '',
  }
  const name = hostName(virtual.name, virtual.namespace, tenant)
  const namespace = `vcluster-${tenant}`
  const uid = uuid(random)
  const fresh = new Map<string, string>([[pod.metadata.uid ?? '', uid]])
  const renew = (text: string): string =>
    text.replace(/[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}/g, (id) => {
      const made = fresh.get(id) ?? hex(random, id.length)
      fresh.set(id, made)
      return made
    })
  const changed = new Map([
    ['namespace', namespace],
    ['pod', name],
  ])
  for (const { family, labels, tail } of samples) {
    into.push({
      family,
      labels: labels.map(([label, value]) => [
        label,
        label === 'id' || label === 'name' ? renew(value) : (changed.get(label) ?? value),
      ]),
      tail: jitter(tail, random),
    })
  }
  return {
    ...pod,
    metadata: {
      name,
      namespace,
      uid,
      labels: { ...pod.metadata.labels, 'vcluster.loft.sh/managed-by': tenant },
      annotations: {
        'vcluster.loft.sh/object-name': virtual.name,
        'vcluster.loft.sh/object-namespace': virtual.namespace,
        'vcluster.loft.sh/object-uid': uuid(random),
        'vcluster.loft.sh/object-kind': '/v1, Kind=Pod',
        'vcluster.loft.sh/object-host-name': name,
        'vcluster.loft.sh/object-host-namespace': namespace,
      },
    },
  }
}

function write(
  headers: ReadonlyMap<string, readonly string[]>,
  samples: readonly Sample[],
): Buffer {
  const byFamily = new Map<string, [key: string, line: string][]>()
  for (const { family, labels, tail } of samples) {
    const set = labels.map(([name, value]) => `${name}="${value}"`).join(',')
    const line = `${family}${labels.length > 0 ? `{${set}}` : ''}${tail}`
    const lines = byFamily.get(family) ?? []
    lines.push([labels.map(([, value]) => value).join('\0'), line])
    byFamily.set(family, lines)
  }
  const families = new Set([...headers.keys(), ...byFamily.keys()])
  const out: string[] = []
  for (const family of families) {
    out.push(...(headers.get(family) ?? []))
    const lines = (byFamily.get(family) ?? []).sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [, line] of lines) out.push(line)
  }
  return Buffer.from(`${out.join('\n')}\n`)
}

/** Other digits of the same length: the text compresses like a real one. */
function jitter(tail: string, random: () => number): string {
  return tail.replace(/\d(?=\d*$)|(?<=\.\d*)\d(?=\d*e?)/g, () =>
    String(Math.floor(random() * 9) + 1),
  )
}

function hostName(name: string, namespace: string, vcluster: string): string {
  const whole = `${name}-x-${namespace}-x-${vcluster}`
  if (whole.length <= 63) return whole
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 10)
  return `${whole.slice(0, 52)}-${digest}`.replaceAll('.-', '-')
}

const hex = (random: () => number, length: number): string =>
  Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')

const uuid = (random: () => number): string =>
  hex(random, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** mulberry32 */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
