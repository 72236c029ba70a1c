/** A vcluster of the host that the agent runs on. */
export interface KnownVcluster {
  readonly name: string
  /** The host namespace that its syncer writes all of its pods into. */
  readonly hostNamespace: string
}

const VARIABLE = 'SUBLET_VCLUSTERS'
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/**
 * The vclusters of the host, for an agent of the platform's: `SUBLET_VCLUSTERS=k8s1=vcluster-k8s1,k8s2=vcluster-k8s2`. Two
 * with one name or one namespace are a fault: a namespace is at most one tenant's.
 */
export function readVclusters(env: Readonly<Record<string, string | undefined>>): {
  readonly vclusters: readonly KnownVcluster[]
  readonly faults: readonly string[]
} {
  const vclusters: KnownVcluster[] = []
  const faults: string[] = []
  for (const word of (env[VARIABLE] ?? '').split(/[\s,]+/).filter((each) => each !== '')) {
    const [name = '', hostNamespace = '', ...rest] = word.split('=')
    const isTaken = vclusters.some(
      (other) => other.name === name || other.hostNamespace === hostNamespace,
    )
    if (!LABEL.test(name) || !LABEL.test(hostNamespace) || rest.length > 0) {
      faults.push(`${VARIABLE}: ${JSON.stringify(word)} is not NAME=HOST-NAMESPACE`)
    } else if (isTaken) {
      faults.push(`${VARIABLE}: ${JSON.stringify(word)}: its name or its namespace is there twice`)
    } else vclusters.push({ name, hostNamespace })
  }
  return { vclusters, faults }
}
