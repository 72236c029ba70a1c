import { KubeStatusError, failure, type Resource, type Status } from '../../kube/index.ts'

/** One fault of an object's field, in the words of Kubernetes' field.Error. */
export interface FieldFault {
  readonly reason:
    | 'FieldValueRequired'
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueNotFound'
    | 'FieldValueDuplicate'
    | 'FieldValueTooLong'
    | 'FieldValueTooMany'
  readonly field: string
  readonly message: string
}

const qualified = (of: Resource): string =>
  of.group === '' ? of.plural : `${of.plural}.${of.group}`

/** `Pod`, `Deployment.apps` */
const kindOf = (of: Resource): string => (of.group === '' ? of.kind : `${of.kind}.${of.group}`)

const detailsOf = (of: Resource, name: string): Record<string, unknown> => ({
  ...(name === '' ? {} : { name }),
  ...(of.group === '' ? {} : { group: of.group }),
  kind: of.plural,
})

const refuse = (
  code: number,
  reason: string,
  message: string,
  details?: Record<string, unknown>,
): KubeStatusError => new KubeStatusError(failure(code, reason, message, details))

/** The refusals of a kube-apiserver 1.36 (apimachinery/pkg/api/errors), word for word. */
export const refusals = {
  notFound: (of: Resource, name: string): KubeStatusError =>
    refuse(404, 'NotFound', `${qualified(of)} "${name}" not found`, detailsOf(of, name)),

  alreadyExists: (of: Resource, name: string): KubeStatusError =>
    refuse(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, detailsOf(of, name)),

  conflict: (
    of: Resource,
    name: string,
    why = 'the object has been modified; please apply your changes to the latest version and try again',
  ): KubeStatusError =>
    refuse(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`,
      detailsOf(of, name),
    ),

  /** With a name: `pods "x" is forbidden: …`; without: `pods is forbidden: …`. */
  forbidden: (
    of: Pick<Resource, 'group' | 'plural'>,
    name: string,
    why: string,
    causes?: readonly unknown[],
  ): KubeStatusError => {
    const which = of.group === '' ? of.plural : `${of.plural}.${of.group}`
    return refuse(
      403,
      'Forbidden',
      name === '' ? `${which} is forbidden: ${why}` : `${which} "${name}" is forbidden: ${why}`,
      { ...detailsOf(of as Resource, name), ...(causes ? { causes } : {}) },
    )
  },

  forbiddenPath: (user: string, verb: string, path: string): KubeStatusError =>
    refuse(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {}),

  /** No such path below a group that is served. */
  noSuchResource: (): KubeStatusError =>
    refuse(404, 'NotFound', 'the server could not find the requested resource', {}),

  unauthorized: (): KubeStatusError => refuse(401, 'Unauthorized', 'Unauthorized'),

  invalid: (of: Resource, name: string, faults: readonly FieldFault[]): KubeStatusError => {
    const lines = faults.map((fault) => `${fault.field}: ${fault.message}`)
    // What is said twice is one line, and still two causes.
    const once = [...new Set(lines)]
    const said = once.length === 1 ? (once[0] ?? '') : `[${once.join(', ')}]`
    return refuse(422, 'Invalid', `${kindOf(of)} "${name}" is invalid: ${said}`, {
      ...(name === '' ? {} : { name }),
      ...(of.group === '' ? {} : { group: of.group }),
      kind: of.kind,
      causes: faults,
    })
  },

  /** A query parameter that is not as it should be; `options` is `PatchOptions` and the like. */
  invalidOptions: (options: string, fault: FieldFault): KubeStatusError =>
    refuse(
      422,
      'Invalid',
      `${options}.meta.k8s.io "" is invalid: ${fault.field}: ${fault.message}`,
      {
        group: 'meta.k8s.io',
        kind: options,
        causes: [fault],
      },
    ),

  /** A patch whose outcome is no object of the kind. */
  invalidPatch: (patch: string, why: string): KubeStatusError => {
    const message = `Invalid value: ${JSON.stringify(patch)}: ${why}`
    return refuse(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
      causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
    })
  },

  /** A deletion of another object than the one that is there. */
  precondition: (
    of: Resource,
    name: string,
    what: 'UID' | 'ResourceVersion',
    asked: string,
    found: string,
  ): KubeStatusError => {
    const happened = what === 'UID' ? 'deleted and then recreated' : 'modified'
    const why = `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${happened}`
    // Here, and here only, a kube-apiserver gives the kind in the place of the resource.
    return refuse(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${kindOf(of)} "${name}": ${why}`,
      {
        name,
        ...(of.group === '' ? {} : { group: of.group }),
        kind: of.kind,
      },
    )
  },

  /** A body that names another object than the path, or none. */
  otherName: (given: string, inPath: string): KubeStatusError =>
    refuse(
      400,
      'BadRequest',
      given === ''
        ? `the name of the object (${inPath} based on URL) was undeterminable: name must be provided`
        : `the name of the object (${given}) does not match the name on the URL (${inPath})`,
    ),

  tooManyOperations: (limit: number, got: number): KubeStatusError =>
    refuse(
      413,
      'RequestEntityTooLarge',
      `Request entity too large: The allowed maximum operations in a JSON patch is ${limit}, got ${got}`,
      {},
    ),

  /** A sentence alone, as a kube-apiserver gives errors that it has no reason for. */
  plain: (message: string): KubeStatusError =>
    new KubeStatusError({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      code: 500,
    }),

  badRequest: (message: string): KubeStatusError => refuse(400, 'BadRequest', message),

  /** A patch that does not fit the object. */
  unprocessable: (): KubeStatusError =>
    refuse(422, 'Invalid', 'the server rejected our request due to an error in our request', {}),

  methodNotAllowed: (): KubeStatusError =>
    refuse(
      405,
      'MethodNotAllowed',
      'the server does not allow this method on the requested resource',
      {},
    ),

  unsupportedMediaType: (accepted: readonly string[]): KubeStatusError =>
    refuse(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    ),

  tooLarge: (limit: number): KubeStatusError =>
    refuse(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limit}`, {}),

  /** An eviction that a PodDisruptionBudget does not allow. */
  tooManyDisruptions: (budget: string, needed: number, healthy: number): KubeStatusError =>
    refuse(
      429,
      'TooManyRequests',
      "Cannot evict pod as it would violate the pod's disruption budget.",
      {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: `The disruption budget ${budget} needs ${needed} healthy pods and has ${healthy} currently`,
          },
        ],
      },
    ),

  notAcceptable: (accepted: readonly string[]): KubeStatusError =>
    refuse(
      406,
      'NotAcceptable',
      `only the following media types are accepted: ${accepted.join(', ')}`,
    ),

  /** A form that what is asked for cannot have. */
  notThatForm: (message: string): KubeStatusError => refuse(406, 'NotAcceptable', message),

  /** What Go's router refuses before it comes to a handler. */
  notRouted: (code: number, reason: string, text: string): KubeStatusError =>
    refuse(code, reason, `${code}: ${text}`, {}),

  /** A page of a list that is no longer what it was. `token` goes on with what is there now. */
  inconsistentPage: (token: string): KubeStatusError =>
    new KubeStatusError({
      ...failure(
        410,
        'Expired',
        'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      ),
      // The one Status whose metadata say something.
      metadata: { continue: token } as unknown as Status['metadata'],
    }),

  expiredList: (): KubeStatusError =>
    refuse(410, 'Expired', 'The resourceVersion for the provided list is too old.'),

  expired: (asked: number, oldest: number): KubeStatusError =>
    refuse(410, 'Expired', `too old resource version: ${asked} (${oldest})`),

  tooNew: (asked: number, current: number): KubeStatusError =>
    refuse(504, 'Timeout', `Too large resource version: ${asked}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    }),

  internal: (message: string): KubeStatusError =>
    refuse(500, 'InternalError', `Internal error occurred: ${message}`, {
      causes: [{ message }],
    }),
}
