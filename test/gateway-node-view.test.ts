import { describe, expect, test } from 'vitest'
import { sliceOffline, type OfflineSlice } from '../src/gateway/index.ts'
import type { Pod } from '../src/kube/index.ts'
import type { NodeView } from '../src/kubelet/index.ts'
import { hostName } from '../src/tenants/index.ts'

/** Every place where facts about the node hide, and what each node view tells of it. */
const VIEWS: readonly NodeView[] = ['none', 'own-sum', 'capacity']
const UID = {
  web: '0a000000-58aa-4c6b-9d55-0d1d5a3f7c00',
  net: '0b000000-58aa-4c6b-9d55-0d1d5a3f7c00',
}
const CONTAINER = 'ab'.repeat(32)
const SANDBOX = 'cd'.repeat(32)

const pod = (name: 'web' | 'net', hostNetwork: boolean): Pod => ({
  metadata: {
    name: hostName(name, 'shop', 'k8s1'),
    namespace: 'vcluster-k8s1',
    uid: UID[name],
    labels: { 'vcluster.loft.sh/managed-by': 'k8s1' },
    annotations: {
      'vcluster.loft.sh/object-name': name,
      'vcluster.loft.sh/object-namespace': 'shop',
      'vcluster.loft.sh/object-uid': `virtual-${name}`,
    },
  },
  spec: { hostNetwork, containers: [] },
})
const pods = Buffer.from(
  JSON.stringify({ kind: 'PodList', items: [pod('web', false), pod('net', true)] }),
)

const row = (family: string, more: Record<string, string>, name: 'web' | 'net' = 'web'): string => {
  const labels = {
    container: 'app',
    id: `/machine.slice/kubepods/burstable/pod${UID[name]}/${CONTAINER}`,
    image: 'nginx:alpine',
    name: `k8s_app_${hostName(name, 'shop', 'k8s1')}_vcluster-k8s1_${UID[name]}_0`,
    namespace: 'vcluster-k8s1',
    pod: hostName(name, 'shop', 'k8s1'),
    ...more,
  }
  const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return `${family}{${text.join(',')}} 4242 1795348644981\n`
}
const stats = {
  podRef: { name: pod('web', false).metadata.name, namespace: 'vcluster-k8s1', uid: UID.web },
  startTime: '2026-11-22T10:00:00Z',
  containers: [
    {
      name: 'app',
      rootfs: { usedBytes: 7, capacityBytes: 4242, availableBytes: 4242, inodesFree: 4242 },
    },
  ],
  cpu: { time: '2026-11-22T10:00:00Z', usageCoreNanoSeconds: 12345678 },
  memory: { time: '2026-11-22T10:00:00Z', workingSetBytes: 1000 },
  'ephemeral-storage': { usedBytes: 7, inodesUsed: 1 },
}
const summary = (node: object, pod: object = stats): string =>
  JSON.stringify({ node: { nodeName: 'node-7', ...node }, pods: [pod] })
const netStats = {
  ...stats,
  podRef: { name: pod('net', true).metadata.name, namespace: 'vcluster-k8s1', uid: UID.net },
  network: { name: 'eth0', rxBytes: 4242 },
}

/** Place, endpoint, what the kubelet says, and the text that stands for it in a slice. */
const PLACES: readonly [
  place: string,
  endpoint: OfflineSlice['endpoint'],
  payload: string,
  sign: RegExp,
  toldTo: readonly NodeView[],
][] = [
  [
    'the node’s own CPU',
    'summary',
    summary({ cpu: { usageNanoCores: 4242 } }),
    /4242,?"?usageNano|usageNanoCores":4242/,
    [],
  ],
  [
    'the sum of own CPU',
    'summary',
    summary({}),
    /"node":\{.*"usageCoreNanoSeconds":12345678\}.*"pods"/,
    ['own-sum', 'capacity'],
  ],
  [
    'the node’s system containers',
    'summary',
    summary({ systemContainers: [{ name: 'kubelet', startTime: 'x' }] }),
    /systemContainers|"kubelet"/,
    [],
  ],
  ['the node’s start', 'summary', summary({ startTime: '2020-01-01T00:00:00Z' }), /2020-01-01/, []],
  [
    'the node’s processes',
    'summary',
    summary({ rlimit: { maxpid: 4242, curproc: 4242 } }),
    /4242(?=[^}]*maxpid)|rlimit/,
    [],
  ],
  [
    'the node’s interfaces',
    'summary',
    summary({ network: { name: 'ens5', rxBytes: 4242 } }),
    /ens5/,
    [],
  ],
  [
    'the node’s image disk',
    'summary',
    summary({ runtime: { imageFs: { usedBytes: 4242 } } }),
    /imageFs/,
    [],
  ],
  [
    'the node’s disk size',
    'summary',
    summary({ fs: { capacityBytes: 555 } }),
    /"capacityBytes":555/,
    ['capacity'],
  ],
  ['the node’s used disk', 'summary', summary({ fs: { usedBytes: 555 } }), /555/, []],
  [
    'the node’s memory size',
    'summary',
    summary({ memory: { availableBytes: 600, workingSetBytes: 4400 } }),
    /"availableBytes":4000/,
    ['capacity'],
  ],
  [
    'the node’s free memory',
    'summary',
    summary({ memory: { availableBytes: 600, workingSetBytes: 4400 } }),
    /\b(?:600|4400)\b/,
    [],
  ],
  ['disk size at a container', 'summary', summary({}), /"rootfs":\{.*4242.*\}/, ['capacity']],
  [
    'interfaces of a pod with the node’s network',
    'summary',
    summary({}, netStats),
    /4242.*eth0|"rxBytes":4242/,
    [],
  ],
  [
    'root row',
    'cadvisor',
    'container_cpu_usage_seconds_total{container="",id="/",image="",name="",namespace="",pod=""} 4242\n',
    /4242/,
    [],
  ],
  [
    'slice row',
    'cadvisor',
    'container_memory_rss{container="",id="/system.slice/docker.service",image="",name="",namespace="",pod=""} 4242\n',
    /4242/,
    [],
  ],
  [
    'kubepods row',
    'cadvisor',
    'container_memory_rss{container="",id="/kubepods",image="",name="",namespace="",pod=""} 4242\n',
    /4242/,
    [],
  ],
  [
    'size of the machine',
    'cadvisor',
    'machine_memory_bytes{boot_id="b",machine_id="m",system_uuid="s"} 4242\n',
    /^machine_memory_bytes 4242$/m,
    ['capacity'],
  ],
  [
    'ids of the machine',
    'cadvisor',
    'machine_memory_bytes{boot_id="b",machine_id="m",system_uuid="s"} 4242\n',
    /boot_id|machine_id|system_uuid/,
    [],
  ],
  [
    'memory modules',
    'cadvisor',
    'machine_dimm_count{boot_id="b",machine_id="m",system_uuid="s",type="x"} 4242\n',
    /4242/,
    [],
  ],
  [
    'version of the kernel',
    'cadvisor',
    'cadvisor_version_info{kernelVersion="6.1",osVersion="Debian"} 1\n',
    /6\.1|Debian/,
    [],
  ],
  [
    'disk size at a container’s rows',
    'cadvisor',
    row('container_fs_limit_bytes', { device: '/dev/vda1' }),
    /4242/,
    ['capacity'],
  ],
  [
    'free inodes',
    'cadvisor',
    row('container_fs_inodes_free', { device: '/dev/vda1' }),
    /4242/,
    ['capacity'],
  ],
  [
    'own use of the disk',
    'cadvisor',
    row('container_fs_usage_bytes', { device: '/dev/vda1' }),
    /device="\/dev\/vda1".* 4242/,
    VIEWS,
  ],
  [
    'a mount of the node’s as device',
    'cadvisor',
    row('container_fs_usage_bytes', { device: '/mnt/tenants/acme' }),
    /acme|4242/,
    [],
  ],
  [
    'a sandbox’s id in a device',
    'cadvisor',
    row('container_fs_usage_bytes', {
      device: `/run/containerd/io.containerd.grpc.v1.cri/sandboxes/${SANDBOX}/shm`,
    }),
    /cdcd|4242/,
    [],
  ],
  [
    'a volume’s id in a device',
    'cadvisor',
    row('container_fs_usage_bytes', {
      device: '/dev/mapper/pvc-0a000000-58aa-4c6b-9d55-0d1d5a3f7c77',
    }),
    /pvc-|4242/,
    [],
  ],
  [
    'own network',
    'cadvisor',
    row('container_network_receive_bytes_total', { interface: 'eth0' }),
    /4242/,
    VIEWS,
  ],
  [
    'the node’s network',
    'cadvisor',
    row('container_network_receive_bytes_total', { interface: 'ens5' }, 'net'),
    /4242|ens5/,
    [],
  ],
  ['the node’s cgroups in id', 'cadvisor', row('container_memory_rss', {}), /machine\.slice/, []],
  ['the host’s uid in id', 'cadvisor', row('container_memory_rss', {}), new RegExp(UID.web), []],
  [
    'the virtual uid in id',
    'cadvisor',
    row('container_memory_rss', {}),
    new RegExp(`id="/kubepods/burstable/podvirtual-web/${CONTAINER}"`),
    VIEWS,
  ],
  [
    'host names in name',
    'cadvisor',
    row('container_memory_rss', {}),
    /-x-shop-x-|vcluster-k8s1/,
    [],
  ],
  ['own image', 'cadvisor', row('container_memory_rss', {}), /image="nginx:alpine"/, VIEWS],
  [
    'the host’s registry in a sandbox’s image',
    'cadvisor',
    row('container_memory_rss', { container: 'POD', image: 'mirror.host.example/pause:3' }),
    /mirror/,
    [],
  ],
  [
    'the node’s CPU',
    'resource',
    'node_cpu_usage_seconds_total 4242 1\n' +
      'pod_cpu_usage_seconds_total{namespace="vcluster-k8s1",pod="web-x-shop-x-k8s1"} 0.5 1\n',
    /4242/,
    [],
  ],
  [
    'the sum of own CPU',
    'resource',
    'node_cpu_usage_seconds_total 4242 1\n' +
      'pod_cpu_usage_seconds_total{namespace="vcluster-k8s1",pod="web-x-shop-x-k8s1"} 0.5 1\n',
    /^node_cpu_usage_seconds_total 0\.5 1$/m,
    ['own-sum', 'capacity'],
  ],
  ['errors of the node', 'resource', 'resource_scrape_error 1\n', /scrape_error/, []],
  [
    'the kubelet’s own metrics',
    'metrics',
    'kubelet_running_pods 4242\nkubelet_node_name{node="node-7"} 1\n',
    /4242|node-7/,
    [],
  ],
]

describe.each(VIEWS)('the node view %s', (nodeView) => {
  test.each(PLACES)('%s (%s)', (_, endpoint, payload, sign, toldTo) => {
    const tenant = { name: 'k8s1', vcluster: 'k8s1', hostNamespaces: ['vcluster-k8s1'] }
    const slice = sliceOffline({ endpoint, payload: Buffer.from(payload), pods, tenant, nodeView })
    if (toldTo.includes(nodeView)) expect(slice.toString()).toMatch(sign)
    else expect(slice.toString()).not.toMatch(sign)
  })
})
