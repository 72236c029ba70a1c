import type { Container, KubeObject, Volume, VolumeMount } from '../../kube/index.ts'
import { AGENT_VERSION } from './chart-info.ts'
import { AGENT_HEALTH_PORT, probes } from './datadog-probes.ts'
import { agentEnv, commonEnv, traceEnv } from './datadog-env.ts'
import type { DatadogNames } from './datadog-names.ts'
import type { DatadogValues } from './datadog-values.ts'

/** The registry by site, as the chart chooses it. */
const REGISTRIES: Readonly<Record<string, string>> = {
  'datadoghq.eu': 'eu.gcr.io/datadoghq',
  'us3.datadoghq.com': 'datadoghq.azurecr.io',
  'ap1.datadoghq.com': 'asia.gcr.io/datadoghq',
  'ddog-gov.com': 'public.ecr.aws/datadog',
}

export const imageOf = (name: string, { site = '' }: DatadogValues): string =>
  `${REGISTRIES[site] ?? 'gcr.io/datadoghq'}/${name}:${AGENT_VERSION}`

/**
 * The node agent's DaemonSet. Unlike the chart's it does not mount the node's `/etc/passwd` and `/etc/os-release`, which a
 * node of the lab lacks.
 */
export function agentDaemonSet(values: DatadogValues, names: DatadogNames): KubeObject {
  const labels = {
    'app.kubernetes.io/name': names.fullName,
    'app.kubernetes.io/instance': names.release,
    'app.kubernetes.io/managed-by': 'Helm',
    'app.kubernetes.io/component': 'agent',
    'admission.datadoghq.com/enabled': 'false',
    app: names.fullName,
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: names.fullName,
      namespace: names.namespace,
      labels: { ...names.labels, 'app.kubernetes.io/component': 'agent' },
    },
    spec: {
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: names.fullName } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: {
        metadata: { name: names.fullName, labels },
        spec: {
          securityContext: { runAsUser: 0 },
          hostPID: true,
          serviceAccountName: names.fullName,
          automountServiceAccountToken: true,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          initContainers: initContainers(values, names),
          containers: [
            agentContainer(values, names),
            ...(values.apmSocketEnabled ? [traceContainer(values, names)] : []),
          ],
          volumes: volumes(values, names),
        },
      },
    },
  }
}

const emptyDir = (name: string): Volume => ({ name, emptyDir: {} })
const hostPath = (name: string, path: string, type?: string): Volume => ({
  name,
  hostPath: type === undefined ? { path } : { path, type },
})
const mount = (name: string, mountPath: string, readOnly = false): VolumeMount => ({
  name,
  mountPath,
  readOnly,
})

/** The socket's folder on the node; the chart mounts all of `/var/run` where no socket is named. */
const socketFolder = ({ dockerSocketPath, criSocketPath }: DatadogValues): string => {
  const path = dockerSocketPath ?? criSocketPath ?? '/var/run/docker.sock'
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

function volumes(values: DatadogValues, names: DatadogNames): Volume[] {
  const { logs, kubelet } = values
  return [
    emptyDir('auth-token'),
    { name: 'installinfo', configMap: { name: `${names.fullName}-installinfo` } },
    emptyDir('config'),
    emptyDir('logdatadog'),
    emptyDir('tmpdir'),
    emptyDir('s6-run'),
    hostPath('procdir', '/proc'),
    hostPath('cgroups', '/sys/fs/cgroup'),
    hostPath('dsdsocket', '/var/run/datadog', 'DirectoryOrCreate'),
    ...(values.apmSocketEnabled
      ? [hostPath('apmsocket', '/var/run/datadog', 'DirectoryOrCreate')]
      : []),
    hostPath('runtimesocketdir', socketFolder(values)),
    ...(kubelet.hostCAPath === undefined
      ? []
      : [hostPath('kubelet-ca', kubelet.hostCAPath, 'File')]),
    ...(logs.enabled
      ? [
          hostPath('pointerdir', '/var/lib/datadog-agent/logs'),
          hostPath('logpodpath', '/var/log/pods'),
          hostPath('logscontainerspath', '/var/log/containers'),
          ...(values.criSocketPath === undefined
            ? [hostPath('logdockercontainerpath', '/var/lib/docker/containers')]
            : []),
        ]
      : [emptyDir('datadogrun')]),
    ...values.volumes,
  ]
}

/** They bring the image's own configuration into the volume, and run the image's start scripts. */
function initContainers(values: DatadogValues, names: DatadogNames): Container[] {
  const image = imageOf('agent', values)
  return [
    {
      name: 'init-volume',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['bash', '-c'],
      args: ['cp -r /etc/datadog-agent /opt'],
      volumeMounts: [mount('config', '/opt/datadog-agent')],
      resources: {},
    },
    {
      name: 'init-config',
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['bash', '-c'],
      args: [
        "for script in $(find /etc/cont-init.d/ -type f -name '*.sh' | sort) ; do bash $script ; done",
      ],
      volumeMounts: [
        mount('logdatadog', '/var/log/datadog'),
        mount('config', '/etc/datadog-agent'),
        mount('procdir', '/host/proc', true),
        mount('runtimesocketdir', `/host${socketFolder(values)}`, true),
      ],
      env: commonEnv(values, names),
      resources: {},
    },
  ]
}

function sharedMounts(values: DatadogValues): VolumeMount[] {
  return [
    mount('config', '/etc/datadog-agent'),
    mount('auth-token', '/etc/datadog-agent/auth'),
    mount('logdatadog', '/var/log/datadog'),
    mount('tmpdir', '/tmp'),
    mount('dsdsocket', '/var/run/datadog'),
    ...(values.kubelet.hostCAPath === undefined
      ? []
      : [mount('kubelet-ca', values.kubelet.agentCAPath, true)]),
  ]
}

function agentContainer(values: DatadogValues, names: DatadogNames): Container {
  const { logs } = values
  return {
    name: 'agent',
    image: imageOf('agent', values),
    imagePullPolicy: 'IfNotPresent',
    command: ['agent', 'run'],
    resources: values.agentResources,
    ports: [{ containerPort: 8125, name: 'dogstatsdport', protocol: 'UDP' }],
    env: agentEnv(values, names),
    ...probes(AGENT_HEALTH_PORT),
    volumeMounts: [
      { ...mount('installinfo', '/etc/datadog-agent/install_info', true), subPath: 'install_info' },
      ...sharedMounts(values),
      mount('runtimesocketdir', `/host${socketFolder(values)}`, true),
      mount('procdir', '/host/proc', true),
      mount('cgroups', '/host/sys/fs/cgroup', true),
      ...(logs.enabled
        ? [
            mount('pointerdir', '/opt/datadog-agent/run'),
            mount('logpodpath', '/var/log/pods', true),
            mount('logscontainerspath', '/var/log/containers', true),
            ...(values.criSocketPath === undefined
              ? [mount('logdockercontainerpath', '/var/lib/docker/containers', true)]
              : []),
          ]
        : [mount('datadogrun', '/opt/datadog-agent/run')]),
      ...values.volumeMounts,
    ],
  }
}

function traceContainer(values: DatadogValues, names: DatadogNames): Container {
  return {
    name: 'trace-agent',
    image: imageOf('agent', values),
    imagePullPolicy: 'IfNotPresent',
    command: ['trace-agent', '-config=/etc/datadog-agent/datadog.yaml'],
    resources: {},
    ports: [{ containerPort: 8126, name: 'traceport', protocol: 'TCP' }],
    env: traceEnv(values, names),
    volumeMounts: [
      ...sharedMounts(values),
      mount('procdir', '/host/proc', true),
      mount('cgroups', '/host/sys/fs/cgroup', true),
      ...values.volumeMounts,
    ],
  }
}
