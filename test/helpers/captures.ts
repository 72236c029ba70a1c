import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { ownerLookup } from '../../src/gateway/owners.ts'
import type { Pod } from '../../src/kube/index.ts'
import { parsePodList, type OwnerLookup, type PodOwner } from '../../src/kubelet/index.ts'

/** What a real kubelet answered about one node, and who owns its pods. */
export interface Capture {
  readonly name: string
  readonly pods: readonly Pod[]
  readonly podsBytes: Buffer
  readonly cadvisor: Buffer
  readonly summary: Buffer
  readonly owners: OwnerLookup
  /** Texts that must not be in the answer to a slice: uids and names of what is not its own. */
  foreignTo(slice: number): readonly string[]
}

const read = (path: string): Buffer => {
  const bytes = readFileSync(new URL(`../fixtures/${path}`, import.meta.url))
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}

function vclusterCapture(name: string, files: readonly [string, string, string]): Capture {
  const [podsBytes, cadvisor, summary] = files.map(read) as [Buffer, Buffer, Buffer]
  const pods = parsePodList(podsBytes)
  const tenants = ['k8s1', 'k8s2'].map((tenant) => ({
    name: tenant,
    vcluster: tenant,
    hostNamespaces: [`vcluster-${tenant}`],
  }))
  return finish(name, { podsBytes, cadvisor, summary, pods }, ownerLookup(pods, tenants))
}

/** Real pods of a node without vclusters, given to two slices in turn; every third belongs to nobody. */
function minikubeCapture(version: string): Capture {
  const [podsBytes, cadvisor, summary] = ['pods', 'cadvisor', 'summary'].map((file) =>
    read(`minikube-${version}/${file}.gz`),
  ) as [Buffer, Buffer, Buffer]
  const pods = parsePodList(podsBytes)
  const owners = new Map<string, PodOwner>()
  pods.forEach(({ metadata, spec }, i) => {
    if (i % 3 === 2) return
    const { namespace = '', name = '', uid = '' } = metadata
    owners.set(`${namespace}/${name}`, {
      slice: i % 3,
      host: { namespace, name },
      hostUid: uid,
      hostNetwork: spec.hostNetwork === true,
      virtual: {
        namespace: `virtual-${i % 3}`,
        name: `pod-${i}`,
        uid: `12345678-0000-4000-8000-${String(i).padStart(12, '0')}`,
      },
      hostOnlyContainers: new Set(),
      virtualName: () => undefined,
    })
  })
  const lookup: OwnerLookup = (namespace, name) => owners.get(`${namespace}/${name}`)
  return finish(`minikube ${version}`, { podsBytes, cadvisor, summary, pods }, lookup)
}

function finish(
  name: string,
  files: Pick<Capture, 'pods' | 'podsBytes' | 'cadvisor' | 'summary'>,
  owners: OwnerLookup,
): Capture {
  return {
    name,
    ...files,
    owners,
    foreignTo: (slice) =>
      files.pods.flatMap(({ metadata, status }) => {
        const { namespace = '', uid = '' } = metadata
        const owner = owners(namespace, metadata.name ?? '')
        const ids = (status?.containerStatuses ?? []).flatMap(
          ({ containerID }) => containerID?.split('://')[1] ?? [],
        )
        const virtual = owner ? [owner.virtual.uid] : []
        const host = [uid, uid.replaceAll('-', '_')]
        return owner?.slice === slice ? host : [...host, ...ids, ...virtual]
      }),
  }
}

export const captures: readonly Capture[] = [
  vclusterCapture('vcluster on 1.36', [
    'vcluster-node/pods.json',
    'vcluster-node/metrics-cadvisor.txt',
    'vcluster-node/stats-summary.json',
  ]),
  vclusterCapture('docker on 1.20', [
    'kubelet-1.20/pods.gz',
    'kubelet-1.20/metrics-cadvisor.gz',
    'kubelet-1.20/stats-summary.gz',
  ]),
  minikubeCapture('1.33'),
  minikubeCapture('1.34'),
]
