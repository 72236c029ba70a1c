import { dnsLabelFault } from '../../../kube/index.ts'
import { fieldsOf, listOf, setDefaults, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { containerFieldFaults } from './container-faults.ts'
import { duplicate, forbidden, invalid, notFound, required, unsupported } from './faults.ts'

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
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of listOf(spec[list])) setContainerDefaults(container)
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
  for (const port of listOf(container['ports'])) setDefaults(port, { protocol: 'TCP' })
  for (const variable of listOf(container['env'])) {
    const source = fieldsOf(fieldsOf(variable['valueFrom'])['fieldRef'])
    if (textOf(source['fieldPath'])) setDefaults(source, { apiVersion: 'v1' })
  }
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[probe] !== undefined) setProbeDefaults(fieldsOf(container[probe]))
  }
}

function setProbeDefaults(probe: Fields): void {
  setDefaults(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  })
  if (probe['httpGet'] !== undefined) {
    setDefaults(fieldsOf(probe['httpGet']), { path: '/', scheme: 'HTTP' })
  }
  if (probe['grpc'] !== undefined) setDefaults(fieldsOf(probe['grpc']), { service: '' })
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
  for (const source of listOf(fieldsOf(volume['projected'])['sources'])) {
    const token = source['serviceAccountToken']
    if (token !== undefined) setDefaults(fieldsOf(token), { expirationSeconds: 3600 })
  }
  if (volume['hostPath'] !== undefined) setDefaults(fieldsOf(volume['hostPath']), { type: '' })
  if (Object.keys(volume).length === 1) volume['emptyDir'] = {}
}

/** What is wrong with a pod's spec, or a template's. */
export function podSpecFaults(spec: Fields, path: string): FieldFault[] {
  const containers = listOf(spec['containers'])
  if (containers.length === 0) return [required(`${path}.containers`)]
  const policies = ['Always', 'OnFailure', 'Never']
  const policy = spec['restartPolicy']
  return [
    ...volumeFaults(spec, `${path}.volumes`),
    ...tolerationFaults(spec, `${path}.tolerations`),
    ...containerListFaults(spec, 'initContainers', path),
    ...containerListFaults(spec, 'containers', path),
    ...(policies.includes(String(policy))
      ? []
      : [unsupported(`${path}.restartPolicy`, policy, policies)]),
    ...processFaults(spec, path),
  ]
}

/** The path is the real one: the field was a part of the security context once. */
function processFaults(spec: Fields, path: string): FieldFault[] {
  if (spec['hostPID'] !== true || spec['shareProcessNamespace'] !== true) return []
  const why = 'ShareProcessNamespace and HostPID cannot both be enabled'
  return [invalid(`${path}.securityContext.shareProcessNamespace`, true, why)]
}

function volumeFaults(spec: Fields, path: string): FieldFault[] {
  const names = new Set<string>()
  return listOf(spec['volumes']).flatMap((volume, index) => {
    const name = textOf(volume['name'])
    if (name === undefined) return [required(`${path}[${index}].name`)]
    const fault = dnsLabelFault(name)
    if (fault !== undefined) return [invalid(`${path}[${index}].name`, name, fault)]
    if (names.has(name)) return [duplicate(`${path}[${index}].name`, name)]
    names.add(name)
    // The first source counts, each further one is too much.
    const [, ...more] = Object.keys(volume)
      .filter((key) => key !== 'name' && volume[key] !== undefined && volume[key] !== null)
      .sort(bySource)
    return more.map((source) =>
      forbidden(`${path}[${index}].${source}`, 'may not specify more than 1 volume type'),
    )
  })
}

/** In which order a kube-apiserver looks at a volume's sources; others follow. */
const SOURCES = ['emptyDir', 'hostPath', 'gitRepo', 'secret', 'nfs', 'configMap', 'downwardAPI']

function bySource(a: string, b: string): number {
  const placeOf = (source: string): number =>
    SOURCES.includes(source) ? SOURCES.indexOf(source) : SOURCES.length
  return placeOf(a) - placeOf(b)
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function tolerationFaults(spec: Fields, path: string): FieldFault[] {
  return listOf(spec['tolerations']).flatMap(({ effect }, index) =>
    textOf(effect) === undefined || EFFECTS.includes(String(effect))
      ? []
      : [unsupported(`${path}[${index}].effect`, effect, EFFECTS)],
  )
}

/** What is wrong with the containers of one list of a pod's spec. */
export function containerListFaults(
  spec: Fields,
  key: 'containers' | 'initContainers' | 'ephemeralContainers',
  parent: string,
): FieldFault[] {
  const volumes = new Set(listOf(spec['volumes']).map((volume) => volume['name']))
  const names = new Set<string>()
  return listOf(spec[key]).flatMap((container, index) => {
    const path = `${parent}.${key}[${index}]`
    const faults: FieldFault[] = []
    const name = textOf(container['name'])
    const fault = name === undefined ? undefined : dnsLabelFault(name)
    if (name === undefined) faults.push(required(`${path}.name`))
    else if (fault !== undefined) faults.push(invalid(`${path}.name`, name, fault))
    else if (names.has(name)) faults.push(duplicate(`${path}.name`, name))
    names.add(name ?? '')
    if (!textOf(container['image'])) faults.push(required(`${path}.image`))
    faults.push(...containerFieldFaults(container, path))
    listOf(container['volumeMounts']).forEach((mount, at) => {
      const where = `${path}.volumeMounts[${at}]`
      if (!volumes.has(mount['name'])) faults.push(notFound(`${where}.name`, mount['name']))
      if (!textOf(mount['mountPath'])) faults.push(required(`${where}.mountPath`))
    })
    return faults
  })
}
