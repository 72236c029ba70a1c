import { SubletError, describeError, sleep, type Logger } from '../core/index.ts'
import type { KubeClient, ListOptions, ObjectKey, WatchEvent } from './client.ts'
import type { Change, ObjectStore } from './object-store.ts'
import type { KubeObject } from './objects.ts'
import type { Resource } from './resources.ts'
import { createSharedStore } from './shared-store.ts'
import { isGone } from './status.ts'

export interface ReflectorOptions extends ListOptions {
  readonly log?: Logger | undefined
  /** First and longest pause after an error, in milliseconds. Default 100 and 10,000. */
  readonly backoff?: { readonly firstMs: number; readonly longestMs: number }
}

/** A copy of a collection that follows the API server. */
export interface Reflector<T extends KubeObject> extends AsyncDisposable {
  /** Resolves after the first list; rejects only when the reflector is stopped before that. */
  readonly ready: Promise<void>
  get(key: ObjectKey): T | undefined
  list(): T[]
  /** Calls back after each change, in order; returns what ends that. What is there already is not repeated. */
  onChange(listener: (change: Change<T>) => void): () => void
}

/** A watch that lasted this long was a good one, in milliseconds. */
const GOOD_WATCH = 10_000

/**
 * Lists, then watches, for ever: lists again when the version is gone, tries again with growing pauses after errors
 * (and never throws). What a new list shows is told as differences, deletions too. An object with a new uid is another
 * object: deleted, then added.
 */
export function createReflector<T extends KubeObject>(
  client: KubeClient,
  of: Resource,
  options: ReflectorOptions = {},
): Reflector<T> {
  const store = createSharedStore<T>(of, options.log)
  const stopper = stopWith(options.signal)
  const ready = createGate()
  const running = follow(client, of, { ...options, signal: stopper.signal }, store, ready.open)
  const ended = running.finally(() => {
    stopper.stop()
    ready.fail(new SubletError('E_HTTP', `stopped before the first list of ${of.plural}`))
  })

  return {
    ready: ready.promise,
    get: (key) => store.get(key),
    list: () => store.list(),
    onChange: (listener) => store.onChange(listener),
    async [Symbol.asyncDispose]() {
      store.forgetListeners()
      stopper.stop()
      await ended
    },
  }
}

async function follow<T extends KubeObject>(
  client: KubeClient,
  of: Resource,
  options: ReflectorOptions & { signal: AbortSignal },
  store: ObjectStore<T>,
  onReady: () => void,
): Promise<void> {
  const { signal, log } = options
  const pause = createBackoff(options.backoff)
  const selection = pickSelection(options)
  let version: string | undefined
  const stopped = (): boolean => signal.aborted
  while (!stopped()) {
    const startedAt = performance.now()
    try {
      if (version === undefined) {
        const list = await client.list<T>(of, { ...selection, signal })
        store.replace(list.items)
        version = list.metadata.resourceVersion ?? ''
        onReady()
      }
      const events = client.watch<T>(of, { ...selection, signal, resourceVersion: version })
      for await (const event of events) {
        version = apply(store, event) ?? version
        pause.reset()
      }
    } catch (error) {
      if (stopped()) return
      if (isGone(error)) version = undefined
      else log?.warn({ resource: of.plural, error: describeError(error) }, 'will try again')
    }
    if (performance.now() - startedAt > GOOD_WATCH) pause.reset()
    await sleep(pause.next(), signal)
  }
}

/** Writes an event down; returns the version to go on from. */
function apply<T extends KubeObject>(
  store: ObjectStore<T>,
  event: WatchEvent<T>,
): string | undefined {
  if (event.type === 'DELETED') store.remove(event.object)
  else if (event.type !== 'BOOKMARK') store.put(event.object)
  return event.object.metadata.resourceVersion
}

function pickSelection({ namespace, labelSelector, fieldSelector }: ListOptions): ListOptions {
  return { namespace, labelSelector, fieldSelector }
}

/** Pauses that double, each between half and the whole of its length, so that many clients do not come at once. */
function createBackoff({ firstMs, longestMs } = { firstMs: 100, longestMs: 10_000 }): {
  next(): number
  reset(): void
} {
  let length = firstMs
  return {
    next() {
      const pause = length * (0.5 + Math.random() / 2)
      length = Math.min(length * 2, longestMs)
      return pause
    },
    reset() {
      length = firstMs
    },
  }
}

function stopWith(outer: AbortSignal | undefined): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController()
  const stop = (): void => {
    outer?.removeEventListener('abort', stop)
    controller.abort()
  }
  if (outer?.aborted) stop()
  else outer?.addEventListener('abort', stop, { once: true })
  return { signal: controller.signal, stop }
}

/** A promise that nobody has to wait for. */
function createGate(): { promise: Promise<void>; open: () => void; fail: (error: Error) => void } {
  let open: () => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  promise.catch(() => undefined)
  return { promise, open, fail }
}
