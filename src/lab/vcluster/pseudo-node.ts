import { randomBytes } from 'node:crypto'
import type { Node, NodeAddress, PodCondition } from '../../kube/index.ts'

/**
 * The node that a virtual cluster sees where it may not read the host's: it is called as the host's, everything else is
 * made up. Source: `virtual-nodes.json` of a real vcluster 0.34 (default, `sync.fromHost.nodes` off).
 */
export function pseudoNode(nodeName: string, address: string, now: string): Node {
  const resources = {
    cpu: '16',
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: '32Gi',
    pods: '110',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': `fake-${nodeName}`,
        'kubernetes.io/os': 'linux',
        'vcluster.loft.sh/fake-node': 'true',
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'false',
      },
    },
    spec: {},
    status: {
      capacity: resources,
      allocatable: { ...resources },
      conditions: conditions(now),
      addresses: nodeAddresses(nodeName, address),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: madeUpId(),
        systemUUID: madeUpId(),
        bootID: madeUpId(),
        kernelVersion: '4.19.76-fakelinux',
        osImage: 'Fake Kubernetes Image',
        containerRuntimeVersion: 'docker://19.3.12',
        kubeletVersion: 'v1.36.2',
        kubeProxyVersion: 'v1.36.2',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  }
}

/** How a virtual node is reached: by vcluster's own name for it, and where the vcluster answers in its place. */
export function nodeAddresses(nodeName: string, address: string): NodeAddress[] {
  return [
    { type: 'Hostname', address: `${nodeName.replaceAll('.', '-')}.nodes.vcluster.com` },
    { type: 'InternalIP', address },
  ]
}

function conditions(now: string): PodCondition[] {
  const rows: [string, 'True' | 'False', string, string][] = [
    [
      'MemoryPressure',
      'False',
      'KubeletHasSufficientMemory',
      'kubelet has sufficient memory available',
    ],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ]
  return rows.map(([type, status, reason, message]) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  }))
}

/** Letters in the shape of a UUID. */
function madeUpId(): string {
  return [8, 4, 4, 4, 12].map(randomLetters).join('-')
}

/** Small letters, as vcluster's own random names are. */
export function randomLetters(count: number): string {
  return [...randomBytes(count)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('')
}
