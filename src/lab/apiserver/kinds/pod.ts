import type { KubeObject } from '../../../kube/index.ts'
import { PODS } from '../../../kube/index.ts'
import { fieldsOf, listOf, sameJson, setDefaults, textOf, without, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { kind, type Kind } from './kind.ts'
import { qosClassOf } from './qos.ts'

export const POD: Kind = kind(PODS, {
  subresources: ['status', 'binding'],
  hasStatus: true,
  hasGeneration: true,
  returnsDeleted: true,
  categories: ['all'],
  setDefaults(pod) {
    setPodSpecDefaults(fieldsOf(pod['spec']))
  },
  prepareCreate(pod) {
    pod['status'] = { phase: 'Pending', qosClass: qosClassOf(pod) }
    const spec = fieldsOf(pod['spec'])
    setDefaults(spec, { priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
    addTolerations(spec)
  },
  validate: (pod, old) => [
    ...podSpecFaults(fieldsOf(pod['spec']), 'spec'),
    ...(old ? changeFaults(pod, old) : []),
  ],
})

/** The defaults of a pod's spec, also inside a template (pkg/apis/core/v1/defaults.go). */
export function setPodSpecDefaults(spec: Fields): void {
  setDefaults(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  })
  const named = textOf(spec['serviceAccountName']) ?? textOf(spec['serviceAccount'])
  if (named) Object.assign(spec, { serviceAccountName: named, serviceAccount: named })
  for (const container of [...listOf(spec['initContainers']), ...listOf(spec['containers'])]) {
    setContainerDefaults(container)
  }
  for (const volume of listOf(spec['volumes'])) setVolumeDefaults(volume)
}

function setContainerDefaults(container: Fields): void {
  setDefaults(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(textOf(container['image']) ?? ''),
  })
  const resources = fieldsOf(container['resources'])
  const limits = fieldsOf(resources['limits'])
  if (Object.keys(limits).length > 0) {
    resources['requests'] = { ...limits, ...fieldsOf(resources['requests']) }
  }
  for (const port of listOf(container['ports'])) setDefaults(port, { protocol: 'TCP' })
  for (const variable of listOf(container['env'])) {
    const source = fieldsOf(fieldsOf(variable['valueFrom'])['fieldRef'])
    if (textOf(source['fieldPath'])) setDefaults(source, { apiVersion: 'v1' })
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[probe] !== undefined) {
      setDefaults(fieldsOf(container[probe]), {
        timeoutSeconds: 1,
        periodSeconds: 10,
        successThreshold: 1,
        failureThreshold: 3,
      })
    }
  }
}

function pullPolicy(image: string): string {
  const [name = '', digest] = image.split('@')
  const tag = /:([^/:]+)$/.exec(name)?.[1]
  return digest === undefined && (tag === undefined || tag === 'latest') ? 'Always' : 'IfNotPresent'
}

const MODE_0644 = 420

function setVolumeDefaults(volume: Fields): void {
  for (const source of ['secret', 'configMap', 'projected', 'downwardAPI']) {
    if (volume[source] !== undefined) {
      setDefaults(fieldsOf(volume[source]), { defaultMode: MODE_0644 })
    }
  }
  if (volume['hostPath'] !== undefined) setDefaults(fieldsOf(volume['hostPath']), { type: '' })
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {}
}

/** What the DefaultTolerationSeconds admission adds to every pod. */
function addTolerations(spec: Fields): void {
  const tolerations = listOf(spec['tolerations'])
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (one) =>
        (one['key'] === key || one['key'] === undefined) &&
        (one['effect'] === 'NoExecute' || one['effect'] === undefined),
    )
    if (!tolerated) {
      tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 })
    }
  }
  spec['tolerations'] = tolerations
}

/** What is wrong with a pod's spec, or a template's. */
export function podSpecFaults(spec: Fields, path: string): FieldFault[] {
  const containers = listOf(spec['containers'])
  const required = (field: string): FieldFault => ({
    reason: 'FieldValueRequired',
    message: 'Required value',
    field,
  })
  if (containers.length === 0) return [required(`${path}.containers`)]
  return containers.flatMap((container, index) => [
    ...(textOf(container['name']) ? [] : [required(`${path}.containers[${index}].name`)]),
    ...(textOf(container['image']) ? [] : [required(`${path}.containers[${index}].image`)]),
  ])
}

const CHANGEABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

function changeFaults(pod: KubeObject, old: KubeObject): FieldFault[] {
  const fixed = (object: KubeObject): Fields => {
    const spec = without(fieldsOf(object['spec']), 'activeDeadlineSeconds', 'tolerations')
    const withoutImages = (list: unknown): unknown =>
      listOf(list).map((container) => without(container, 'image'))
    return {
      ...spec,
      containers: withoutImages(spec['containers']),
      initContainers: withoutImages(spec['initContainers']),
    }
  }
  if (sameJson(fixed(pod), fixed(old))) return []
  return [
    {
      reason: 'FieldValueForbidden',
      message: `Forbidden: pod updates may not change fields other than ${CHANGEABLE}`,
      field: 'spec',
    },
  ]
}
