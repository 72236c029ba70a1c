import type { PodOwner } from './owner.ts'

/**
 * How a field of a host pod gets into the rebuilt one: copied, or by a rule. A field without a row here is left out.
 * Sources: core/v1 of Kubernetes 1.36; what vcluster's syncer changes in a pod.
 */
export type FieldRule = (value: unknown, owner: PodOwner) => unknown
export type FieldTable = Readonly<Record<string, FieldRule>>

const copy: FieldRule = (value) => value
const copied = (names: string): FieldTable =>
  Object.fromEntries(names.split(' ').map((name): [string, FieldRule] => [name, copy]))

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A new object of the fields that the table names; undefined when the value is no object. */
export function rebuild(
  value: unknown,
  table: FieldTable,
  owner: PodOwner,
): Record<string, unknown> | undefined {
  if (!isRecord(value)) return undefined
  const result: Record<string, unknown> = {}
  for (const [name, rule] of Object.entries(table)) {
    if (!Object.hasOwn(value, name)) continue
    const rebuilt = rule(value[name], owner)
    if (rebuilt !== undefined) result[name] = rebuilt
  }
  return result
}

const objectOf =
  (table: FieldTable): FieldRule =>
  (value, owner) =>
    rebuild(value, table, owner)

const listOf =
  (rule: FieldRule): FieldRule =>
  (value, owner) =>
    Array.isArray(value)
      ? value.map((item: unknown) => rule(item, owner)).filter((item) => item !== undefined)
      : undefined

/** The virtual name of a Secret, ConfigMap or claim; undefined where it is not known. */
const virtualName: FieldRule = (value, owner) =>
  typeof value === 'string' ? owner.virtualName(value) : undefined

/** A reference that is worth nothing without its name: left out as a whole when the name is not known. */
const namedReference =
  (table: FieldTable): FieldRule =>
  (value, owner) => {
    const result = rebuild(value, { ...table, name: virtualName }, owner)
    return result && 'name' in result ? result : undefined
  }

/** What a downward API path was before the syncer translated it. Other paths into annotations are left out. */
const VIRTUAL_PATHS: Readonly<Record<string, string>> = {
  "metadata.annotations['vcluster.loft.sh/name']": 'metadata.name',
  "metadata.annotations['vcluster.loft.sh/namespace']": 'metadata.namespace',
  "metadata.annotations['vcluster.loft.sh/uid']": 'metadata.uid',
  "metadata.annotations['vcluster.loft.sh/service-account-name']": 'spec.serviceAccountName',
}

const fieldRef: FieldRule = (value) => {
  if (!isRecord(value) || typeof value['fieldPath'] !== 'string') return undefined
  const path = value['fieldPath']
  const fieldPath = Object.hasOwn(VIRTUAL_PATHS, path) ? VIRTUAL_PATHS[path] : path
  if (fieldPath?.includes('vcluster.loft.sh/')) return undefined
  return { apiVersion: 'v1', fieldPath }
}

/** Set by the syncer, so that a host pod finds its virtual API server: no virtual pod has them in its spec. */
const SYNCER_ENV =
  /^KUBERNETES_(?:SERVICE_(?:HOST|PORT|PORT_HTTPS)|PORT|PORT_\d+_TCP(?:_(?:ADDR|PORT|PROTO))?)$/

const envVar: FieldRule = (value, owner) => {
  if (!isRecord(value) || typeof value['name'] !== 'string') return undefined
  if (SYNCER_ENV.test(value['name'])) return undefined
  return rebuild(
    value,
    {
      ...copied('name value'),
      valueFrom: objectOf({
        fieldRef,
        ...copied('resourceFieldRef'),
        secretKeyRef: namedReference(copied('key optional')),
        configMapKeyRef: namedReference(copied('key optional')),
      }),
    },
    owner,
  )
}

const envSource: FieldRule = (value, owner) => {
  const result = rebuild(
    value,
    {
      ...copied('prefix'),
      secretRef: namedReference(copied('optional')),
      configMapRef: namedReference(copied('optional')),
    },
    owner,
  )
  return result && ('secretRef' in result || 'configMapRef' in result) ? result : undefined
}

/** A container that only the host pod has is left out, in the spec and in the status. */
const ownContainer =
  (table: FieldTable): FieldRule =>
  (value, owner) => {
    if (!isRecord(value) || typeof value['name'] !== 'string') return undefined
    return owner.hostOnlyContainers.has(value['name']) ? undefined : rebuild(value, table, owner)
  }

const CONTAINER: FieldTable = {
  ...copied(
    'name image command args workingDir ports resources volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle restartPolicy resizePolicy imagePullPolicy securityContext stdin stdinOnce tty terminationMessagePath terminationMessagePolicy targetContainerName',
  ),
  env: listOf(envVar),
  envFrom: listOf(envSource),
}

/** The tenant's own choice, unless the hostpath mapper has put the host's names into it. */
const hostPath: FieldRule = (value, owner) =>
  typeof value !== 'string' || value.includes(owner.host.namespace) ? undefined : value

/** A volume keeps its name and kind; names of other objects are undone, or the kind is all that stays. */
const VOLUME: FieldTable = {
  ...copied('name emptyDir'),
  hostPath: objectOf({ ...copied('type'), path: hostPath }),
  secret: objectOf({ ...copied('defaultMode optional'), secretName: virtualName }),
  configMap: objectOf({ ...copied('defaultMode optional'), name: virtualName }),
  persistentVolumeClaim: (value, owner) => {
    const result = rebuild(value, { ...copied('readOnly'), claimName: virtualName }, owner)
    return result && 'claimName' in result ? result : undefined
  },
  projected: objectOf(copied('defaultMode')),
  downwardAPI: objectOf(copied('defaultMode')),
}

/**
 * Left out of the spec: what the syncer or the host sets (serviceAccountName, dnsConfig, hostAliases, hostname,
 * schedulerName, priorityClassName, nodeSelector, affinity, imagePullSecrets, runtimeClassName …).
 */
export const SPEC: FieldTable = {
  ...copied(
    'nodeName hostNetwork hostPID hostIPC shareProcessNamespace restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds securityContext tolerations priority preemptionPolicy os',
  ),
  volumes: listOf(objectOf(VOLUME)),
  initContainers: listOf(ownContainer(CONTAINER)),
  containers: listOf(ownContainer(CONTAINER)),
  ephemeralContainers: listOf(ownContainer(CONTAINER)),
}

/**
 * A message of the kubelet with the pod's own host names replaced (`pod=NAME_NAMESPACE(UID)`); what cannot be
 * translated is left out, because the host namespace or another host name may be in it.
 */
const ownMessage: FieldRule = (value, owner) => {
  if (typeof value !== 'string') return undefined
  const { host, virtual } = owner
  const replaced = value
    .replaceAll(owner.hostUid, virtual.uid)
    .replaceAll(`${host.name}_${host.namespace}`, `${virtual.name}_${virtual.namespace}`)
    .replaceAll(`${host.namespace}/${host.name}`, `${virtual.namespace}/${virtual.name}`)
  return [host.name, host.namespace].some((name) => replaced.includes(name)) ? undefined : replaced
}

const STATE: FieldTable = {
  waiting: objectOf({ ...copied('reason'), message: ownMessage }),
  running: objectOf(copied('startedAt')),
  terminated: objectOf({
    ...copied('exitCode signal reason startedAt finishedAt containerID'),
    message: ownMessage,
  }),
}

const CONTAINER_STATUS: FieldTable = {
  ...copied(
    'name ready started restartCount image imageID containerID allocatedResources resources stopSignal',
  ),
  state: objectOf(STATE),
  lastState: objectOf(STATE),
}

/** Messages of conditions and of the pod tell about the node (pressure, taints): left out; the reasons stay. */
export const STATUS: FieldTable = {
  ...copied('phase reason hostIP hostIPs podIP podIPs startTime qosClass'),
  conditions: listOf(
    objectOf(copied('type status lastProbeTime lastTransitionTime reason observedGeneration')),
  ),
  initContainerStatuses: listOf(ownContainer(CONTAINER_STATUS)),
  containerStatuses: listOf(ownContainer(CONTAINER_STATUS)),
  ephemeralContainerStatuses: listOf(ownContainer(CONTAINER_STATUS)),
}
