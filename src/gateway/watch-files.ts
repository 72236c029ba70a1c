import { stat } from 'node:fs/promises'

/**
 * Calls `changed` when one of the files is another than before. It looks at what the names lead to, so that Kubernetes'
 * way of changing a volume (a new folder, and a symbolic link that is turned to it) is a change like any other; inotify
 * would be told of that only at a link which is none of the files. Ends with the signal.
 */
export function watchFiles(options: {
  readonly files: () => readonly string[]
  readonly everyMs: number
  readonly signal: AbortSignal
  readonly changed: () => Promise<void>
}): void {
  const { signal } = options
  let known = new Map<string, string>()
  const look = async (): Promise<void> => {
    const now = new Map(await Promise.all(options.files().map(stampOf)))
    const differs = [...now].some(([file, stamp]) => (known.get(file) ?? stamp) !== stamp)
    known = now
    if (differs && !signal.aborted) await options.changed()
  }
  let timer: NodeJS.Timeout
  const again = (): void => {
    if (signal.aborted) return
    timer = setTimeout(() => void look().finally(again), options.everyMs).unref()
  }
  signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  void look().finally(again)
}

async function stampOf(file: string): Promise<[file: string, stamp: string]> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file)
    return [file, `${dev}:${ino}:${size}:${mtimeMs}`]
  } catch {
    return [file, 'gone']
  }
}
