import type { ContainerRuntime } from '../runtime/types.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

/** The part of the runtime that pod workers use, each call counted and timed under CRI's name for it. */
export type CountedRuntime = Pick<
  ContainerRuntime,
  | 'runSandbox'
  | 'findImage'
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'removeSandbox'
  | 'exec'
  | 'list'
  | 'get'
  | 'idPrefix'
  | 'kind'
>

export function countRuntime(runtime: ContainerRuntime, metrics: KubeletMetrics): CountedRuntime {
  const timed = async <T>(operation: string, run: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    const labels = { operation_type: operation }
    metrics.runtimeOperations.inc(labels)
    try {
      return await run()
    } catch (error) {
      metrics.runtimeErrors.inc(labels)
      throw error
    } finally {
      metrics.runtimeDuration.observe((performance.now() - started) / 1000, labels)
    }
  }
  return {
    idPrefix: runtime.idPrefix,
    kind: runtime.kind,
    async runSandbox(config) {
      const started = performance.now()
      const info = await timed('run_podsandbox', () => runtime.runSandbox(config))
      metrics.runPodSandbox.observe((performance.now() - started) / 1000, { runtime_handler: '' })
      return info
    },
    async findImage(reference) {
      metrics.runtimeOperations.inc({ operation_type: 'image_status' })
      return await runtime.findImage(reference)
    },
    createContainer: (sandboxId, config) =>
      timed('create_container', () => runtime.createContainer(sandboxId, config)),
    startContainer: (id) => timed('start_container', () => runtime.startContainer(id)),
    stopContainer: (id, graceMs) =>
      timed('stop_container', () => runtime.stopContainer(id, graceMs)),
    removeContainer: (id) => timed('remove_container', () => runtime.removeContainer(id)),
    removeSandbox: (id, graceMs) =>
      timed('remove_podsandbox', () => runtime.removeSandbox(id, graceMs)),
    exec: (id, argv, options) => timed('exec_sync', () => runtime.exec(id, argv, options)),
    list: () => {
      metrics.runtimeOperations.inc({ operation_type: 'list_containers' })
      return runtime.list()
    },
    get: (id) => runtime.get(id),
  }
}
