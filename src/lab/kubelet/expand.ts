/**
 * `$(NAME)` in env values, commands and arguments (k8s.io/kubernetes/third_party/forked/golang/expansion): unknown
 * names stay as they are, `$$(NAME)` is an escaped `$(NAME)`.
 */
export function expand(text: string, values: Pick<ReadonlyMap<string, string>, 'get'>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => {
    if (whole === '$$') return '$'
    return values.get(name ?? '') ?? whole
  })
}
