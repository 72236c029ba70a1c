import { formatBytes, parseQuantity } from '../../kube/index.ts'
import { formatNanocores, type MetricsObject } from './objects.ts'

/** Whether the client wants rows, as `kubectl get` does. */
export const wantsTable = (accept: string | undefined): boolean =>
  /;as=Table;/.test(`${accept ?? ''};`.replaceAll(/\s/g, ''))

const column = (name: string, format = ''): Record<string, unknown> => ({
  name,
  type: 'string',
  format,
  description: format === 'name' ? 'Name of the resource' : '',
  priority: 0,
})

/** Metrics as `kubectl get podmetrics` and `nodemetrics` show them; a pod as the sum of its containers. */
export function tableOf(objects: readonly MetricsObject[]): unknown {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: [
      column('Name', 'name'),
      column('cpu', 'quantity'),
      column('memory', 'quantity'),
      column('Window', 'duration'),
    ],
    rows: objects.map((object) => {
      const { cpu, memory } = sumOf(object)
      return {
        cells: [object.metadata.name, cpu, memory, object.window],
        object: {
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: object.metadata,
        },
      }
    }),
  }
}

interface Resources {
  readonly cpu: string
  readonly memory: string
}

function sumOf(object: MetricsObject): Resources {
  const { usage, containers } = object as {
    usage?: Resources
    containers?: { usage: Resources }[]
  }
  if (usage !== undefined) return usage
  const total = (name: keyof Resources, scale: number): number =>
    (containers ?? []).reduce((sum, one) => {
      const read = parseQuantity(one.usage[name])
      return sum + Math.round((read.ok ? read.value : 0) * scale)
    }, 0)
  return { cpu: formatNanocores(total('cpu', 1e9)), memory: formatBytes(total('memory', 1)) }
}
