import {
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type KubeObject,
} from '../../kube/index.ts'
import type { Kind } from './kinds/index.ts'
import { refusals } from './refusals.ts'

/** What the selectors of a request let through. Throws BadRequest for one that cannot be read. */
export function selectionOf(kind: Kind, query: URLSearchParams): (object: KubeObject) => boolean {
  const labels = query.get('labelSelector') ?? ''
  const fields = query.get('fieldSelector') ?? ''
  if (labels === '' && fields === '') return () => true
  const byLabel = parseLabelSelector(labels)
  if (!byLabel.ok) throw refusals.badRequest(byLabel.message)
  const byField = parseFieldSelector(fields, kind.resource)
  if (!byField.ok) throw refusals.badRequest(byField.message)
  return (object) =>
    matchesLabels(byLabel.requirements, object.metadata.labels) &&
    matchesFields(byField.requirements, object)
}
