import {
  PODS,
  matchesLabelSelector,
  type KubeObject,
  type LabelSelector,
  type Pod,
  type Reflector,
} from '../../../kube/index.ts'
import { keyOf, type ControllerContext } from '../controller.ts'
import { controllerOf } from './owners.ts'

/** Owners that choose their pods by a selector. */
type Selecting = KubeObject & { spec: { selector?: LabelSelector } }

/** Calls back with an owner's key whenever one of its pods changed, or one that it may want to take in. */
export function followPods(
  { informers }: ControllerContext,
  owners: Reflector<Selecting>,
  kind: string,
  touch: (key: string) => void,
): void {
  const touchOwner = (pod: KubeObject): boolean => {
    const owner = controllerOf(pod)
    if (owner?.kind !== kind) return false
    const found = owners.get({ namespace: pod.metadata.namespace, name: owner.name })
    if (found?.metadata.uid === owner.uid) touch(keyOf(found.metadata))
    return true
  }
  informers.of<Pod>(PODS).onChange(({ type, object, previous }) => {
    const changedHands =
      previous !== undefined && controllerOf(previous)?.uid !== controllerOf(object)?.uid
    if (changedHands) touchOwner(previous)
    if (touchOwner(object) || type === 'deleted' || controllerOf(object) !== undefined) return
    for (const owner of owners.list()) {
      const near = owner.metadata.namespace === object.metadata.namespace
      if (near && matchesLabelSelector(owner.spec.selector, object.metadata.labels)) {
        touch(keyOf(owner.metadata))
      }
    }
  })
}
