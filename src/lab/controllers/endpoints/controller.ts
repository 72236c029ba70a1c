import { rfc3339 } from '../../../core/index.ts'
import {
  ENDPOINTS,
  ENDPOINTSLICES,
  PODS,
  SERVICES,
  type Endpoints,
  type EndpointSlice,
  type KubeObject,
  type Pod,
  type Service,
} from '../../../kube/index.ts'
import { sameValue } from '../common/template-hash.ts'
import { create, remove, update } from '../common/writes.ts'
import { keyOf, parseKey, type Controller, type ControllerContext } from '../controller.ts'
import { backendsOf, choosesPods, type Backend } from './backends.ts'
import { LEGACY_MANAGED_BY, LEGACY_MANAGER, endpointsOf } from './legacy.ts'
import { MIRRORER, isMirrored, planMirror } from './mirror.ts'
import { MANAGED_BY, MANAGER, SERVICE_LABEL, planSlices } from './slices.ts'

const TRIGGERED_AT = 'endpoints.kubernetes.io/last-change-trigger-time'

/** Writes for each Service where its pods are: EndpointSlices, and the older Endpoints. */
export const endpointsController: Controller = (context) => {
  const { informers } = context
  const services = informers.of<Service>(SERVICES)
  const pods = informers.of<Pod>(PODS)
  const slices = informers.of<EndpointSlice>(ENDPOINTSLICES)
  const legacy = informers.of<Endpoints>(ENDPOINTS)
  /** Services that were deleted: Endpoints that never had one stay. */
  const gone = new Set<string>()
  const queue = context.queue('endpoints', async (key) => {
    await Promise.all([pods.ready, slices.ready, legacy.ready])
    const service = services.get(parseKey(key))
    await syncMirror(context, key, service)
    if (service === undefined) {
      await removeLegacy(context, key, gone.has(key))
      gone.delete(key)
    } else if (!service.metadata.deletionTimestamp) await sync(context, service)
  })
  services.onChange(({ type, object }) => {
    if (type === 'deleted') gone.add(keyOf(object.metadata))
    queue.add(keyOf(object.metadata))
  })
  pods.onChange(({ object, previous }) => {
    if (previous !== undefined && !matters(object, previous)) return
    const { namespace } = object.metadata
    for (const service of services.list()) {
      const isOf = (pod: Pod | undefined): boolean => pod !== undefined && selects(service, pod)
      if (service.metadata.namespace === namespace && (isOf(object) || isOf(previous))) {
        queue.add(keyOf(service.metadata))
      }
    }
  })
  slices.onChange(({ type, object }) => {
    const { namespace = '', labels = {} } = object.metadata
    const isOurs = [MANAGER, MIRRORER].includes(labels[MANAGED_BY] ?? '')
    if (isOurs && type !== 'added') queue.add(`${namespace}/${labels[SERVICE_LABEL] ?? ''}`)
  })
  legacy.onChange(({ type, object }) => {
    const isOurs = object.metadata.labels?.[LEGACY_MANAGED_BY] === LEGACY_MANAGER
    if (type === 'deleted' || !isOurs) queue.add(keyOf(object.metadata))
  })
}

function selects({ spec }: Service, { metadata }: Pod): boolean {
  const selector = Object.entries(spec.selector ?? {})
  return selector.length > 0 && selector.every(([key, value]) => metadata.labels?.[key] === value)
}

/** Whether a pod's change can change where a service leads. */
function matters(pod: Pod, previous: Pod): boolean {
  const facts = ({ metadata, status }: Pod): unknown => [
    metadata.labels,
    metadata.deletionTimestamp,
    status?.podIP,
    status?.phase,
    status?.conditions?.find(({ type }) => type === 'Ready')?.status,
  ]
  return !sameValue(facts(pod), facts(previous))
}

async function sync(context: ControllerContext, service: Service): Promise<void> {
  if (!choosesPods(service)) return
  const { informers } = context
  const near = ({ metadata }: KubeObject): boolean =>
    metadata.namespace === service.metadata.namespace
  const backends = backendsOf(service, informers.of<Pod>(PODS).list().filter(near))
  const own = informers
    .of<EndpointSlice>(ENDPOINTSLICES)
    .list()
    .filter((slice) => near(slice) && slice.metadata.labels?.[MANAGED_BY] === MANAGER)
    .filter(({ metadata }) => metadata.labels?.[SERVICE_LABEL] === service.metadata.name)
  const plan = planSlices(service, backends, own)
  for (const slice of plan.create) await create(context, ENDPOINTSLICES, stamped(context, slice))
  for (const slice of plan.update) await update(context, ENDPOINTSLICES, stamped(context, slice))
  for (const slice of plan.remove) await remove(context, ENDPOINTSLICES, slice)
  await syncLegacy(context, service, backends)
}

/** Endpoints that somebody else has written are in slices too. */
async function syncMirror(
  context: ControllerContext,
  key: string,
  service: Service | undefined,
): Promise<void> {
  const { informers } = context
  const { namespace, name } = parseKey(key)
  const found = informers.of<Endpoints>(ENDPOINTS).get({ namespace, name })
  const own = informers
    .of<EndpointSlice>(ENDPOINTSLICES)
    .list()
    .filter(({ metadata: { namespace: where, labels } }) => {
      const isMirror = labels?.[MANAGED_BY] === MIRRORER && labels[SERVICE_LABEL] === name
      return isMirror && where === namespace
    })
  const plan = planMirror(isMirrored(found, service) ? found : undefined, own)
  for (const slice of plan.create) await create(context, ENDPOINTSLICES, slice)
  for (const slice of plan.update) await update(context, ENDPOINTSLICES, slice)
  for (const slice of plan.remove) await remove(context, ENDPOINTSLICES, slice)
}

async function syncLegacy(
  context: ControllerContext,
  service: Service,
  backends: readonly Backend[],
): Promise<void> {
  const wanted = endpointsOf(service, backends)
  const { namespace, name = '' } = wanted.metadata
  const old = context.informers.of<Endpoints>(ENDPOINTS).get({ namespace, name })
  if (old === undefined) {
    await create(context, ENDPOINTS, stamped(context, wanted))
    return
  }
  const facts = ({ metadata, subsets = [] }: Endpoints): unknown => [metadata.labels, subsets]
  if (sameValue(facts(old), facts(wanted))) return
  const metadata = { ...old.metadata, ...wanted.metadata }
  await update(context, ENDPOINTS, stamped(context, { ...wanted, metadata }))
}

/**
 * A service's Endpoints go with it, whoever wrote them; slices have an owner, the garbage collector takes them. Our copy
 * may not have those yet that were written just before.
 */
async function removeLegacy(
  context: ControllerContext,
  key: string,
  serviceWent: boolean,
): Promise<void> {
  const metadata = parseKey(key)
  const found = context.informers.of<Endpoints>(ENDPOINTS).get(metadata)
  const isOurs = found?.metadata.labels?.[LEGACY_MANAGED_BY] === LEGACY_MANAGER
  if (serviceWent) await remove(context, ENDPOINTS, { metadata })
  else if (found !== undefined && isOurs) await remove(context, ENDPOINTS, found)
}

function stamped<T extends KubeObject>({ clock }: ControllerContext, object: T): T {
  const annotations = { ...object.metadata.annotations, [TRIGGERED_AT]: rfc3339(clock.now()) }
  return { ...object, metadata: { ...object.metadata, annotations } }
}
