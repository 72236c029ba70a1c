import { containerFamilies } from './cadvisor-families.ts'
import { cadvisorRows } from './cadvisor-rows.ts'
import { exposition, type Family } from './exposition.ts'
import type { MachineFacts } from './machine.ts'
import type { NodeReading } from './readings.ts'

export interface CadvisorOptions {
  readonly reading: NodeReading
  readonly facts: MachineFacts
  readonly device: string
  readonly throttles: boolean
  /** When this kubelet made its cgroups, in milliseconds since 1970. */
  readonly startedAt: number
  readonly now: number
}

/** `/metrics/cadvisor`: the text of a kubelet 1.36 for one reading. */
export function cadvisorText(options: CadvisorOptions): string {
  const { reading, facts, device, throttles, startedAt, now } = options
  const rows = cadvisorRows(reading, startedAt, facts.memoryBytes)
  const context = { now, device, disk: reading.disk, throttles }
  return exposition([...containerFamilies(rows, context), ...machineFamilies(facts)])
}

function machineFamilies(facts: MachineFacts): Family[] {
  const who = { boot_id: facts.bootId, machine_id: facts.machineId, system_uuid: facts.systemUuid }
  const gauge = (
    name: string,
    help: string,
    value: number,
    labels: Record<string, string> = who,
  ): Family => {
    return { name, help, type: 'gauge', samples: [{ value, labels }] }
  }
  const version = {
    cadvisorRevision: '',
    cadvisorVersion: '',
    dockerVersion: '',
    kernelVersion: facts.kernelVersion,
    osVersion: facts.osImage,
  }
  return [
    gauge(
      'cadvisor_version_info',
      "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
      1,
      version,
    ),
    gauge(
      'container_scrape_error',
      '1 if there was an error while getting container metrics, 0 otherwise',
      0,
      {},
    ),
    gauge('machine_cpu_cores', 'Number of logical CPU cores.', facts.cores),
    gauge('machine_cpu_physical_cores', 'Number of physical CPU cores.', facts.physicalCores),
    gauge('machine_cpu_sockets', 'Number of CPU sockets.', facts.sockets),
    gauge('machine_memory_bytes', 'Amount of memory installed on the machine.', facts.memoryBytes),
    gauge(
      'machine_scrape_error',
      '1 if there was an error while getting machine metrics, 0 otherwise.',
      0,
      {},
    ),
    gauge('machine_swap_bytes', 'Amount of swap memory available on the machine.', facts.swapBytes),
  ]
}
