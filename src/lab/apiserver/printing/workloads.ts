import type { KubeObject } from '../../../kube/index.ts'
import { fieldsOf, listOf } from '../fields.ts'
import { humanDuration, since } from './human-duration.ts'
import {
  AGE,
  CONTAINERS,
  IMAGES,
  NAME,
  ageOf,
  column,
  containersOf,
  count,
  integer,
  isTrue,
  labelsText,
  nameOf,
  selectorText,
  sizeOf,
  spec,
  status,
  text,
  wide,
  type Column,
  type Printer,
} from './printer.ts'

const READY = column('Ready', 'Number of the pod with ready state')
const SELECTOR = wide('Selector', 'A label query over pods.')
const template = (object: KubeObject): unknown => spec(object)['template']
const readyOf = (object: KubeObject): string =>
  `${count(status(object)['readyReplicas'])}/${count(spec(object)['replicas'])}`

export const DEPLOYMENTS_PRINTER: Printer = {
  columns: [
    NAME,
    READY,
    column(
      'Up-to-date',
      'Total number of pods targeted by this deployment that have the desired template spec.',
    ),
    column(
      'Available',
      'Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.',
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells: (object, now) => [
    nameOf(object),
    readyOf(object),
    count(status(object)['updatedReplicas']),
    count(status(object)['availableReplicas']),
    ageOf(object, now),
    ...containersOf(template(object)),
    selectorText(spec(object)['selector'], ''),
  ],
}

const replicaColumns: readonly Column[] = [
  NAME,
  integer('Desired', 'Replicas is the number of desired pods.'),
  integer('Current', 'Replicas is the most recently observed number of pods.'),
  integer('Ready', 'The number of pods targeted by this controller with a Ready Condition.'),
  AGE,
  CONTAINERS,
  IMAGES,
  SELECTOR,
]

const replicaPrinter = (selector: (value: unknown) => string): Printer => ({
  columns: replicaColumns,
  cells: (object, now) => [
    nameOf(object),
    count(spec(object)['replicas']),
    count(status(object)['replicas']),
    count(status(object)['readyReplicas']),
    ageOf(object, now),
    ...containersOf(template(object)),
    selector(spec(object)['selector']),
  ],
})

export const REPLICASETS_PRINTER: Printer = replicaPrinter(selectorText)
export const REPLICATIONCONTROLLERS_PRINTER: Printer = replicaPrinter(labelsText)

export const STATEFULSETS_PRINTER: Printer = {
  columns: [NAME, READY, AGE, CONTAINERS, IMAGES],
  cells: (object, now) => [
    nameOf(object),
    readyOf(object),
    ageOf(object, now),
    ...containersOf(template(object)),
  ],
}

export const DAEMONSETS_PRINTER: Printer = {
  columns: [
    NAME,
    integer(
      'Desired',
      'The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod).',
    ),
    integer(
      'Current',
      'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod.',
    ),
    integer(
      'Ready',
      'numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
    ),
    integer('Up-to-date', 'The total number of nodes that are running updated daemon pod'),
    integer(
      'Available',
      'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)',
    ),
    column(
      'Node Selector',
      'NodeSelector is a selector which must be true for the pod to fit on a node.',
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells: (object, now) => [
    nameOf(object),
    count(status(object)['desiredNumberScheduled']),
    count(status(object)['currentNumberScheduled']),
    count(status(object)['numberReady']),
    count(status(object)['updatedNumberScheduled']),
    count(status(object)['numberAvailable']),
    labelsText(fieldsOf(fieldsOf(template(object))['spec'])['nodeSelector']),
    ageOf(object, now),
    ...containersOf(template(object)),
    selectorText(spec(object)['selector']),
  ],
}

export const CONTROLLERREVISIONS_PRINTER: Printer = {
  columns: [
    NAME,
    column('Controller', 'Controller of the object'),
    column('Revision', 'Revision indicates the revision of the state represented by Data.'),
    AGE,
  ],
  cells(object, now) {
    const owner = object.metadata.ownerReferences?.find((one) => one.controller === true)
    const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0] ?? ''}` : ''
    const controller = owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : '<none>'
    return [nameOf(object), controller, count(object['revision']), ageOf(object, now)]
  },
}

export const PODTEMPLATES_PRINTER: Printer = {
  columns: [
    NAME,
    { ...CONTAINERS, priority: 0 },
    { ...IMAGES, priority: 0 },
    column('Pod Labels', 'The labels for the pod template.'),
  ],
  cells: (object) => [
    nameOf(object),
    ...containersOf(object['template']),
    labelsText(fieldsOf(fieldsOf(object['template'])['metadata'])['labels']),
  ],
}

export const JOBS_PRINTER: Printer = {
  columns: [
    NAME,
    column('Status', 'Status of the job.'),
    column('Completions', 'The number of pods which reached phase Succeeded.'),
    column('Duration', 'Time required to complete the job.'),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells: (job, now) => [
    nameOf(job),
    jobStatus(job),
    completionsOf(job),
    durationOf(job, now),
    ageOf(job, now),
    ...containersOf(template(job)),
    selectorText(spec(job)['selector']),
  ],
}

function jobStatus(job: KubeObject): string {
  const { conditions } = status(job)
  if (isTrue(conditions, 'Complete')) return 'Complete'
  if (isTrue(conditions, 'Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating'
  if (isTrue(conditions, 'Suspended')) return 'Suspended'
  return isTrue(conditions, 'FailureTarget') ? 'FailureTarget' : 'Running'
}

function completionsOf(job: KubeObject): string {
  const succeeded = count(status(job)['succeeded'])
  const { completions, parallelism } = spec(job)
  if (typeof completions === 'number') return `${succeeded}/${completions}`
  return count(parallelism) > 1 ? `${succeeded}/1 of ${count(parallelism)}` : `${succeeded}/1`
}

function durationOf(job: KubeObject, now: number): string {
  const { startTime, completionTime } = status(job)
  if (typeof startTime !== 'string') return ''
  const end = typeof completionTime === 'string' ? Date.parse(completionTime) : now
  return humanDuration(end - Date.parse(startTime))
}

export const CRONJOBS_PRINTER: Printer = {
  columns: [
    NAME,
    column('Schedule', 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.'),
    column(
      'Timezone',
      'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones.',
    ),
    column(
      'Suspend',
      'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.',
      { type: 'boolean' },
    ),
    integer('Active', 'A list of pointers to currently running jobs.'),
    column(
      'Last Schedule',
      'Information when was the last time the job was successfully scheduled.',
    ),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  cells(object, now) {
    const job = fieldsOf(fieldsOf(spec(object)['jobTemplate'])['spec'])
    const last = status(object)['lastScheduleTime']
    const { suspend } = spec(object)
    return [
      nameOf(object),
      text(spec(object)['schedule']),
      text(spec(object)['timeZone'], '<none>'),
      suspend === undefined ? '<unset>' : suspend === true ? 'True' : 'False',
      sizeOf(listOf(status(object)['active'])),
      last === undefined || last === null ? '<none>' : since(last, now),
      ageOf(object, now),
      ...containersOf(job['template']),
      selectorText(job['selector']),
    ]
  },
}
