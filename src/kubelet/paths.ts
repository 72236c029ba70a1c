/**
 * The kubelet's paths and what each asks of authorization.
 * Source: kubelet 1.36 (`pkg/kubelet/server`), seen in the answers of a real one.
 */

export interface KubeletPath {
  /** Matches when equal, or when the request path starts with it plus `/`. */
  readonly path: string
  /** Tried in this order, any of them suffices (fine-grained kubelet authorization, on by default since 1.33). */
  readonly subresources: readonly string[]
  /** What kubelets before 1.32 ask for. */
  readonly legacySubresource: string
}

const row = (
  path: string,
  subresources: readonly string[],
  legacySubresource: string,
): KubeletPath => ({
  path,
  subresources,
  legacySubresource,
})

export const KUBELET_PATHS: readonly KubeletPath[] = [
  row('/healthz', ['healthz', 'proxy'], 'proxy'),
  row('/pods', ['pods', 'proxy'], 'proxy'),
  row('/runningpods', ['pods', 'proxy'], 'proxy'),
  row('/stats', ['stats'], 'stats'),
  row('/metrics', ['metrics'], 'metrics'),
  row('/configz', ['configz', 'proxy'], 'proxy'),
  row('/flagz', ['configz'], 'proxy'),
  row('/statusz', ['statusz'], 'proxy'),
  row('/containerLogs', ['proxy'], 'proxy'),
  row('/exec', ['proxy'], 'proxy'),
  row('/attach', ['proxy'], 'proxy'),
  row('/portForward', ['proxy'], 'proxy'),
  row('/run', ['proxy'], 'proxy'),
  row('/debug', ['proxy'], 'proxy'),
  row('/checkpoint', ['checkpoint'], 'checkpoint'),
  row('/logs', ['log'], 'log'),
]

/** The row of a request path, or undefined for a path that the kubelet does not serve. */
export function kubeletPath(path: string): KubeletPath | undefined {
  return KUBELET_PATHS.find((row) => path === row.path || path.startsWith(row.path + '/'))
}

/** The verb of a method. HEAD and OPTIONS have none: only a `*` rule covers them. */
export function kubeletVerb(method: string): string {
  const verbs: Record<string, string> = {
    GET: 'get',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  }
  return verbs[method] ?? ''
}

/** The body of a 401: 12 bytes, no line end. */
export const UNAUTHORIZED_BODY = 'Unauthorized'

/** The body of a 403, in the words of kubelets since 1.32 (with a line end). */
export function forbiddenBody(user: string, verb: string, subresources: readonly string[]): string {
  return `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}])\n`
}
