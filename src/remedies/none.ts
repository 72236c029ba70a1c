import type { Remedy } from './remedy.ts'

/** Nothing is changed: the situation as it is. */
export const none: Remedy = {
  id: 'none',
  title: 'no remedy',
  summary: 'The agent asks the host kubelet with its virtual token and is refused.',
  changes: [],
  price: 'no container metrics, and a look at the containers of every tenant',
  risks: [
    'no container metrics from the kubelet',
    'through the runtime socket the agent sees the containers of every tenant',
  ],
  check: 'kubelet',
  hostObjects: () => [],
  secretCopies: () => [],
  tenantObjects: () => [],
  changeAgent: (daemonSet) => structuredClone(daemonSet),
}
