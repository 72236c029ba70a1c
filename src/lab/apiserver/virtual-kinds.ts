import {
  SELFSUBJECTACCESSREVIEWS,
  SELFSUBJECTREVIEWS,
  SELFSUBJECTRULESREVIEWS,
  SUBJECTACCESSREVIEWS,
  TOKENREVIEWS,
  type Resource,
} from '../../kube/index.ts'

/** LocalSubjectAccessReview: a SubjectAccessReview about one namespace, and in it. */
export const LOCALSUBJECTACCESSREVIEWS: Resource = {
  ...SUBJECTACCESSREVIEWS,
  plural: 'localsubjectaccessreviews',
  singular: 'localsubjectaccessreview',
  kind: 'LocalSubjectAccessReview',
  namespaced: true,
}

/** The older way to put a pod on a node; the pod is the one of the binding's name. */
export const BINDINGS: Resource = {
  group: '',
  version: 'v1',
  plural: 'bindings',
  singular: 'binding',
  kind: 'Binding',
  namespaced: true,
  shortNames: [],
}

/** Kinds that are asked and answered, never stored. */
export const VIRTUAL_KINDS: readonly Resource[] = [
  BINDINGS,
  TOKENREVIEWS,
  SELFSUBJECTREVIEWS,
  SUBJECTACCESSREVIEWS,
  SELFSUBJECTACCESSREVIEWS,
  SELFSUBJECTRULESREVIEWS,
  LOCALSUBJECTACCESSREVIEWS,
]

export const findVirtualKind = (
  group: string,
  version: string,
  plural: string,
): Resource | undefined =>
  VIRTUAL_KINDS.find((of) => of.group === group && of.version === version && of.plural === plural)
