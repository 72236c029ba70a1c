import { refuse } from './stand-ins.ts'

/** Runs `minikube`, `vcluster` or `helm` as the lab has it. Throws what `main` reports. */
export async function runStandIn(name: string | undefined, argv: readonly string[]): Promise<void> {
  switch (name ?? '') {
    case 'minikube':
      await (await import('./stand-in-minikube.ts')).minikube(argv)
      return
    case 'vcluster':
      await (await import('./stand-in-vcluster.ts')).vcluster(argv)
      return
    case 'helm':
      await (await import('./stand-in-helm.ts')).helm(argv)
      return
    default:
      throw refuse('tool box', String(name), 'It has minikube, vcluster and helm.')
  }
}
