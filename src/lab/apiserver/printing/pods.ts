import type { KubeObject } from '../../../kube/index.ts'
import { listOf, textOf, type Fields } from '../fields.ts'
import { since } from './human-duration.ts'
import { podReason } from './pod-reason.ts'
import {
  AGE,
  NAME,
  ageOf,
  column,
  isTrue,
  nameOf,
  spec,
  status,
  text,
  wide,
  type Cell,
  type Printer,
} from './printer.ts'

export const PODS_PRINTER: Printer = {
  columns: [
    NAME,
    column('Ready', 'The aggregate readiness state of this pod for accepting traffic.'),
    column('Status', 'The aggregate status of the containers in this pod.'),
    column(
      'Restarts',
      'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    ),
    AGE,
    wide('IP', 'podIP address allocated to the pod.'),
    wide('Node', 'NodeName indicates in which node this pod is scheduled.'),
    wide(
      'Nominated Node',
      'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods.',
    ),
    wide(
      'Readiness Gates',
      'If specified, all readiness gates will be evaluated for pod readiness.',
    ),
  ],
  cells(pod, now) {
    const { reason, ready, total, restarts, restartedAt } = podReason(pod)
    const restarted =
      restarts > 0 && restartedAt !== undefined ? ` (${since(restartedAt, now)} ago)` : ''
    return [
      nameOf(pod),
      `${ready}/${total}`,
      reason,
      `${restarts}${restarted}`,
      ageOf(pod, now),
      ...placeCells(pod),
    ]
  },
  conditions(pod) {
    switch (status(pod)['phase']) {
      case 'Succeeded':
        return [completed('Succeeded', 'The pod has completed successfully.')]
      case 'Failed':
        return [completed('Failed', 'The pod failed.')]
      default:
        return []
    }
  },
}

const completed = (reason: string, message: string): Fields => ({
  type: 'Completed',
  status: 'True',
  reason,
  message,
})

function placeCells(pod: KubeObject): Cell[] {
  const address = listOf(status(pod)['podIPs'])[0]?.['ip']
  return [
    text(address, '<none>'),
    text(spec(pod)['nodeName'], '<none>'),
    text(status(pod)['nominatedNodeName'], '<none>'),
    gatesOf(pod),
  ]
}

function gatesOf(pod: KubeObject): string {
  const gates = listOf(spec(pod)['readinessGates'])
  if (gates.length === 0) return '<none>'
  const conditions = status(pod)['conditions']
  const open = gates.filter((gate) => isTrue(conditions, textOf(gate['conditionType']) ?? ''))
  return `${open.length}/${gates.length}`
}
