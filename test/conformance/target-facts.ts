/** What is told about a target before anything of it is opened; plain data, handed from the set-up to the test files. */
export interface TargetFacts {
  /** `lab`: this project's. `real`: a cluster that an environment file names. */
  readonly name: 'lab' | 'real'
  /** A kubeconfig whose current context is the administrator's. */
  readonly kubeconfig: string
  readonly apiUrl: string
  readonly kubeletUrl: string
  /** PEM file: who signed both servers' certificates. */
  readonly caFile: string
  readonly nodeName: string
  readonly issuer: string
  /** `unix://…`, of the node's Docker. */
  readonly dockerHost: string
  /** Two virtual clusters that run on it, with what `tenant-workload.ts` puts into them. */
  readonly vclusters: readonly VclusterFacts[]
}

export interface VclusterFacts {
  readonly name: string
  readonly hostNamespace: string
  /** Its administrator's. */
  readonly kubeconfig: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly targets: readonly TargetFacts[]
  }
}
