import type { KubeObject } from '../../kube/index.ts'
import { servedGroups } from './discovery-resources.ts'
import { KINDS } from './kinds/index.ts'

/** One APIService for each group and version that the server itself serves: `v1.apps`, `v1.`. */
export function localApiServices(now: string): KubeObject[] {
  return servedGroups(KINDS).flatMap(({ name, versions }) =>
    versions.map((version, index) => ({
      kind: 'APIService',
      apiVersion: 'apiregistration.k8s.io/v1',
      metadata: {
        name: `${version}.${name}`,
        labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
      },
      spec: {
        ...(name === '' ? {} : { group: name }),
        version,
        groupPriorityMinimum: name === '' ? 18_000 : 17_000,
        versionPriority: name === '' ? 1 : 15 - index,
      },
      status: {
        conditions: [
          {
            lastTransitionTime: now,
            message: 'Local APIServices are always available',
            reason: 'Local',
            status: 'True',
            type: 'Available',
          },
        ],
      },
    })),
  )
}
