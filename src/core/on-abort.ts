/** By signal: what is called when it fires. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

/**
 * Calls `then` once when the signal fires; at once when it has. Returns the function that takes this back. However many
 * wait for one signal (a server's own, joined to every request that is under way), it has one listener: from eleven on Node
 * warns of a leak, and removing one of thousands takes as long as they are many.
 */
export function onAbort(signal: AbortSignal, then: () => void): () => void {
  if (signal.aborted) {
    then()
    return () => undefined
  }
  const all = waiting.get(signal) ?? listenTo(signal)
  const entry = (): void => then()
  all.add(entry)
  return () => void all.delete(entry)
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>()
  waiting.set(signal, all)
  const fire = (): void => {
    for (const each of all) each()
    all.clear()
  }
  signal.addEventListener('abort', fire, { once: true })
  return all
}
