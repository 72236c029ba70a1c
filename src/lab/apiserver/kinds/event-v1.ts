import { EVENTS, EVENTSV1, type KubeObject } from '../../../kube/index.ts'
import { without, type Fields } from '../fields.ts'
import { kind, type Kind } from './kind.ts'

/** Fields of `v1` by their names in `events.k8s.io/v1` (pkg/apis/events/v1/conversion.go). */
const NAMES: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
}
const BACK = Object.fromEntries(Object.entries(NAMES).map(([core, events]) => [events, core]))

function rename(object: KubeObject, names: Readonly<Record<string, string>>): Fields {
  const parts = Object.entries(without(object, 'apiVersion')).map(
    ([key, value]) => [names[key] ?? key, value] as const,
  )
  return Object.fromEntries(parts)
}

/** An event under the newer names: the same objects as those of `v1`. */
export const EVENT_V1: Kind = kind(EVENTSV1, {
  storedAs: {
    resource: EVENTS,
    toStored: (object) => ({ ...rename(object, BACK), apiVersion: 'v1' }) as KubeObject,
    fromStored: (object) =>
      ({ ...rename(object, NAMES), apiVersion: 'events.k8s.io/v1' }) as KubeObject,
  },
})
