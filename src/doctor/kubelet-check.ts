import { basename, dirname } from 'node:path'
import {
  CONFIGMAPS,
  isNotFound,
  type ConfigMap,
  type Container,
  type KubeClient,
  type Volume,
} from '../kube/index.ts'

/** Where the agent's image has the configuration of its kubelet check. */
const FOLDER = '/etc/datadog-agent/conf.d/kubelet.d'

/** A ConfigMap that takes the place of the kubelet check's configuration, and the files in it that the agent reads. */
export interface CheckFiles {
  readonly configMap: string
  /** In the container: the folder, or the one file. */
  readonly path: string
  /** Keys of the ConfigMap; undefined: each whose name is that of a file. */
  readonly keys: readonly string[] | undefined
}

const isConfiguration = (name: string): boolean => /^[^.].*\.ya?ml(\.default)?$/.test(name)

/** The ConfigMaps that a container has over the kubelet check's folder, or over a file in it. */
export function checkFilesOf(
  { volumeMounts = [] }: Container,
  volumes: readonly Volume[] = [],
): CheckFiles[] {
  return volumeMounts.flatMap(({ name, mountPath, subPath }) => {
    const configMap = volumes.find((volume) => volume.name === name)?.configMap
    if (configMap === undefined) return []
    const path = mountPath.replace(/\/+$/, '')
    const items = configMap.items?.map(({ key, path: file }) => ({ key, file }))
    const base = { configMap: configMap.name, path }
    if (path === FOLDER && subPath === undefined) {
      const read = items?.filter(({ file }) => isConfiguration(file)).map(({ key }) => key)
      return { ...base, keys: read }
    }
    if (dirname(path) !== FOLDER || subPath === undefined || !isConfiguration(basename(path)))
      return []
    return { ...base, keys: [items?.find(({ file }) => file === subPath)?.key ?? subPath] }
  })
}

/**
 * The ConfigMap with which the kubelet check is switched off: it takes the place of the default configuration, and no file of it has
 * an instance. undefined: the check runs, for all that can be seen in the vcluster.
 */
export async function whatSwitchesOff(
  client: KubeClient,
  namespace: string,
  files: readonly CheckFiles[],
  signal: AbortSignal,
): Promise<CheckFiles | undefined> {
  for (const file of files) {
    const found = await client
      .get<ConfigMap>(CONFIGMAPS, { namespace, name: file.configMap }, signal)
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
    if (found === undefined) return undefined
    const { data = {} } = found
    const keys = file.keys ?? Object.keys(data).filter(isConfiguration)
    for (const key of keys) if (!(await isWithoutInstance(data[key]))) return undefined
  }
  return files[0]
}

/** Whether a configuration is one of no instance; what cannot be read is not known to be. */
async function isWithoutInstance(text: string | undefined): Promise<boolean> {
  if (text === undefined) return false
  const { parse } = await import('yaml')
  try {
    const value: unknown = parse(text, { logLevel: 'silent' })
    if (value === null) return true
    if (typeof value !== 'object') return false
    const { instances } = value as { instances?: unknown }
    return !Array.isArray(instances) || instances.length === 0
  } catch {
    return false
  }
}
