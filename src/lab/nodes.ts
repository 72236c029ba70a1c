import { SubletError } from '../core/index.ts'

/** The name of the first node, which has the control plane: minikube's. */
export const NODE_NAME = 'minikube'

/** More would say nothing new, and each has a kubelet and a runtime at work. */
export const MAX_NODES = 10

/** What tells the others apart, also in the names of their folders: `m02`, `m03`, …; empty for the first. */
export const nodeSuffix = (index: number): string =>
  index === 0 ? '' : `-m${String(index + 1).padStart(2, '0')}`

/** As `minikube start --nodes` names them: `minikube`, `minikube-m02`, … */
export const nodeName = (index: number): string => NODE_NAME + nodeSuffix(index)

/** A number of nodes as somebody writes it. Throws E_USAGE. */
export function parseNodeCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MAX_NODES) return count
  throw new SubletError(
    'E_USAGE',
    `--nodes must be a number from 1 to ${MAX_NODES}, not ${JSON.stringify(text)}`,
  )
}
