import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import {
  formatKubeconfig,
  kubeconfigOf,
  parseKubeconfig,
  type Kubeconfig,
} from '../../kube/index.ts'
import { vclusterContext, type VclusterAccess } from '../lab-kubeconfig.ts'
import { withLock } from './with-lock.ts'

/** Reads the lab's kubeconfig. */
export async function readContexts(kubeconfig: string): Promise<Kubeconfig> {
  return parseKubeconfig(readFileSync(kubeconfig, 'utf8'), kubeconfig)
}

async function change(
  kubeconfig: string,
  edit: (old: Kubeconfig) => Kubeconfig,
): Promise<Kubeconfig> {
  return withLock(kubeconfig, async () => {
    const edited = edit(await readContexts(kubeconfig))
    const fresh = `${kubeconfig}.${process.pid}.new`
    writeFileSync(fresh, await formatKubeconfig(edited), { mode: 0o600 })
    renameSync(fresh, kubeconfig)
    return edited
  })
}

/** Chooses a context, for every tool that reads this kubeconfig. */
export async function useContext(kubeconfig: string, context: string): Promise<void> {
  await change(kubeconfig, (old) => ({ ...old, 'current-context': context }))
}

/** Writes the context of a vcluster, anew if there is one, and chooses it if `choose` says so. */
export async function addContext(
  kubeconfig: string,
  access: VclusterAccess,
  options: { readonly choose: boolean },
): Promise<string> {
  const name = vclusterContext(access)
  const { server, ca, credential } = access.admin
  const entry = kubeconfigOf({ name, server, caPem: ca, credential })
  await change(kubeconfig, (old) => {
    const rest = without(old, name)
    return {
      ...rest,
      clusters: [...rest.clusters, ...entry.clusters],
      users: [...rest.users, ...entry.users],
      contexts: [...rest.contexts, ...entry.contexts],
      'current-context': options.choose ? name : old['current-context'],
    }
  })
  return name
}

/** Takes a context with its cluster and user away; `instead` is chosen when it was the current one. */
export async function removeContext(
  kubeconfig: string,
  name: string,
  instead: string,
): Promise<void> {
  await change(kubeconfig, (old) => ({
    ...without(old, name),
    'current-context': old['current-context'] === name ? instead : old['current-context'],
  }))
}

const without = (config: Kubeconfig, name: string): Kubeconfig => ({
  ...config,
  clusters: config.clusters.filter((entry) => entry.name !== name),
  users: config.users.filter((entry) => entry.name !== name),
  contexts: config.contexts.filter((entry) => entry.name !== name),
})
