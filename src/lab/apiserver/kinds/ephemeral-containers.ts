import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf, sameJson, textOf, type Fields } from '../fields.ts'
import type { FieldFault } from '../refusals.ts'
import { duplicate, forbidden, notFound } from './faults.ts'
import type { PartRules } from './kind.ts'
import { containerListFaults } from './pod-spec.ts'

const MIRROR = 'kubernetes.io/config.mirror'
const NOT_FOR_EPHEMERAL = 'cannot be set for an Ephemeral Container'

/** What a container for a look inside may have: nothing that a pod's service would rest upon. */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['name', 'image', 'command', 'args', 'workingDir', 'envFrom', 'env', 'volumeMounts'],
  ...['volumeDevices', 'terminationMessagePath', 'terminationMessagePolicy', 'imagePullPolicy'],
  ...['securityContext', 'stdin', 'stdinOnce', 'tty', 'targetContainerName'],
])

/** `pods/ephemeralcontainers`: containers may be added, and nothing else (pkg/registry/core/pod, 1.36). */
export const EPHEMERAL_CONTAINERS: PartRules = {
  keepRest(next, old) {
    const { uid, resourceVersion } = next.metadata
    const wanted = fieldsOf(next['spec'])['ephemeralContainers']
    for (const key of Object.keys(next)) Reflect.deleteProperty(next, key)
    Object.assign(next, structuredClone(old))
    Object.assign(next.metadata, {
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    })
    const spec = fieldsOf(next['spec'])
    if (listOf(wanted).length > 0) spec['ephemeralContainers'] = wanted
    else delete spec['ephemeralContainers']
  },
  validate(pod, old) {
    const [now, before] = [pod, old].map((one) => ephemeralOf(one)) as [Fields[], Fields[]]
    if (old.metadata.annotations?.[MIRROR] !== undefined) {
      return [forbidden('', 'static pods do not support ephemeral containers')]
    }
    return [
      ...ephemeralFaults(fieldsOf(pod['spec']), 'spec'),
      ...changeFaults(now, before, 'spec.ephemeralContainers'),
    ]
  },
}

const ephemeralOf = (pod: KubeObject): Fields[] =>
  listOf(fieldsOf(pod['spec'])['ephemeralContainers'])

function ephemeralFaults(spec: Fields, parent: string): FieldFault[] {
  const namesOf = (key: string): string[] =>
    listOf(spec[key]).flatMap((container) => textOf(container['name']) ?? [])
  const others = new Set([...namesOf('containers'), ...namesOf('initContainers')])
  return [
    ...containerListFaults(spec, 'ephemeralContainers', parent),
    ...listOf(spec['ephemeralContainers']).flatMap((container, index) => {
      const path = `${parent}.ephemeralContainers[${index}]`
      const name = textOf(container['name']) ?? ''
      const target = textOf(container['targetContainerName'])
      const isOdd = target !== undefined && !others.has(target)
      return [
        ...(others.has(name) ? [duplicate(`${path}.name`, name)] : []),
        ...(isOdd ? [notFound(`${path}.targetContainerName`, target)] : []),
        ...fieldFaults(container, path),
      ]
    }),
  ]
}

function fieldFaults(container: Fields, path: string): FieldFault[] {
  const isSet = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 : Object.keys(fieldsOf(value)).length > 0
  const subPaths = listOf(container['volumeMounts']).flatMap((mount, at) =>
    ['subPath', 'subPathExpr']
      .filter((key) => textOf(mount[key]) !== undefined)
      .map((key) => forbidden(`${path}.volumeMounts[${at}].${key}`, NOT_FOR_EPHEMERAL)),
  )
  const fields = Object.entries(container)
    .filter(([key, value]) => !ALLOWED.has(key) && (textOf(value) ?? isSet(value)))
    .map(([key]) => forbidden(`${path}.${key}`, NOT_FOR_EPHEMERAL))
  return [...fields, ...subPaths]
}

function changeFaults(now: Fields[], before: Fields[], path: string): FieldFault[] {
  if (now.length < before.length) {
    return [forbidden(path, 'existing ephemeral containers may not be removed')]
  }
  return before.flatMap((old) => {
    const name = textOf(old['name']) ?? ''
    const same = now.find((one) => one['name'] === name)
    const quoted = JSON.stringify(name)
    if (same === undefined) {
      return [forbidden(path, `existing ephemeral containers ${quoted} may not be removed\n`)]
    }
    if (sameJson(same, old)) return []
    return [forbidden(path, `existing ephemeral containers ${quoted} may not be changed\n`)]
  })
}
