import { editTemplate } from './edit-pod-template.ts'
import type { Remedy } from './remedy.ts'

const CONFIGMAP = 'sublet-no-kubelet-check'
const FOLDER = '/etc/datadog-agent/conf.d/kubelet.d'

/** Docker and control groups instead of the kubelet. */
export const runtime: Remedy = {
  id: 'runtime',
  title: 'Docker and cgroups, no kubelet',
  summary:
    'The kubelet check is switched off; containers come from the node’s runtime and control groups, pods from the agent’s own API server.',
  changes: [
    'host: nothing',
    `tenant: ConfigMap ${CONFIGMAP} over ${FOLDER}; the node’s /var/run, /proc and /sys/fs/cgroup in the agent`,
  ],
  price:
    'the agent sees every container of the node through a socket that is root there; no metrics of the kubelet',
  risks: [
    'the agent sees every container of the node, and those of others are in no pod that it knows: nil stats',
    'whoever may write to the runtime’s socket is root on the node',
    'no metrics of the kubelet: none of volumes, probes, pods’ requests and limits',
  ],
  check: 'container',
  hostObjects: () => [],
  secretCopies: () => [],
  tenantObjects: (target) => [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIGMAP, namespace: target.agentNamespace },
      // The file takes the place of the default one, and without an instance the check does not run.
      data: { 'conf.yaml': 'init_config:\ninstances: []\n' },
    },
  ],
  changeAgent: (daemonSet, target) =>
    editTemplate(daemonSet, {
      container: target.agentContainer,
      volumes: [
        { name: CONFIGMAP, configMap: { name: CONFIGMAP } },
        { name: 'runtimesocketdir', hostPath: { path: '/var/run' } },
        { name: 'procdir', hostPath: { path: '/proc' } },
        { name: 'cgroups', hostPath: { path: '/sys/fs/cgroup' } },
      ],
      volumeMounts: [
        { name: CONFIGMAP, mountPath: FOLDER, readOnly: true },
        { name: 'runtimesocketdir', mountPath: '/host/var/run', readOnly: true },
        { name: 'procdir', mountPath: '/host/proc', readOnly: true },
        { name: 'cgroups', mountPath: '/host/sys/fs/cgroup', readOnly: true },
      ],
    }),
}
