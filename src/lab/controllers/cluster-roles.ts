import { CLUSTERROLES, aggregateClusterRoles, type Role } from '../../kube/index.ts'
import type { Controller } from './controller.ts'

/** Fills the rules of aggregated ClusterRoles (`admin`, `edit`, `view` and others) from the roles they select. */
export const clusterRoleController: Controller = (context) => {
  const roles = context.informers.of<Role>(CLUSTERROLES)
  const queue = context.queue('clusterroles', async () => {
    await roles.ready
    const now = roles.list()
    const known = new Set(now)
    for (const role of aggregateClusterRoles(now)) {
      if (!known.has(role)) await context.client.update(CLUSTERROLES, role)
    }
  })
  roles.onChange(() => queue.add('all'))
}
