import type { Pod } from '../../src/kube/index.ts'
import type { Payloads } from './fault-rig.ts'

/** One host pod of a made-up node. Whatever is given is written as it is, hostile or not. */
export interface NodePod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels?: Record<string, string>
  readonly annotations?: Record<string, string>
  readonly image?: string
  readonly container?: string
  /** Its memory, by which it is recognised in numbers. */
  readonly bytes: number
}

/** What the syncer writes on the host pod of a virtual one. */
export function syncedBy(
  vcluster: string,
  virtual: { name: string; namespace: string; uid: string },
): Pick<NodePod, 'labels' | 'annotations'> {
  return {
    labels: { 'vcluster.loft.sh/managed-by': vcluster },
    annotations: {
      'vcluster.loft.sh/object-name': virtual.name,
      'vcluster.loft.sh/object-namespace': virtual.namespace,
      'vcluster.loft.sh/object-uid': virtual.uid,
    },
  }
}

const containerId = (uid: string): string => uid.replaceAll('-', '').padEnd(64, 'f')

const quoted = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** What a kubelet 1.36 on containerd would answer about these pods. */
export function payloadsOf(pods: readonly NodePod[]): Payloads {
  return {
    '/pods': JSON.stringify({ kind: 'PodList', apiVersion: 'v1', items: pods.map(podOf) }),
    '/stats/summary': JSON.stringify({
      node: { nodeName: 'rig136-node', memory: { workingSetBytes: 16_000_000_001 } },
      pods: pods.map(statsOf),
    }),
    '/metrics/cadvisor': cadvisorOf(pods),
  }
}

function podOf({ namespace, name, uid, image, container, ...rest }: NodePod): Pod {
  const { labels = {}, annotations = {} } = rest
  const containers = [{ name: container ?? 'app', image: image ?? 'nginx' }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid, labels, annotations },
    spec: { nodeName: 'rig136-node', containers },
    status: {
      phase: 'Running',
      containerStatuses: [
        {
          name: container ?? 'app',
          image: image ?? 'nginx',
          imageID: '',
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: '2026-11-22T12:00:00Z' } },
          lastState: {},
          containerID: `containerd://${containerId(uid)}`,
        },
      ],
    },
  }
}

function statsOf({ namespace, name, uid, container, bytes }: NodePod): unknown {
  const memory = { time: '2026-11-22T12:00:00Z', usageBytes: bytes, workingSetBytes: bytes }
  return {
    podRef: { name, namespace, uid },
    containers: [{ name: container ?? 'app', memory }],
    memory,
  }
}

function cadvisorOf(pods: readonly NodePod[]): string {
  const rows = (family: string): string[] =>
    pods.map(({ namespace, name, uid, image = 'nginx', container = 'app', bytes }) => {
      const id = `/kubepods/besteffort/pod${uid}/${containerId(uid)}`
      const labels = { container, id, image, name: containerId(uid), namespace, pod: name }
      const set = Object.entries(labels).map(([key, value]) => `${key}="${quoted(value)}"`)
      return `${family}{${set.join(',')}} ${bytes} 1795348762853`
    })
  return ['container_memory_usage_bytes', 'container_memory_working_set_bytes']
    .flatMap((family) => [
      `# HELP ${family} Memory.`,
      `# TYPE ${family} gauge`,
      `${family}{container="",id="/",image="",name="",namespace="",pod=""} 16000000001 1795348762853`,
      ...rows(family),
    ])
    .map((line) => `${line}\n`)
    .join('')
}
