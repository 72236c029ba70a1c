import { readDisk, readMachineFacts, type DiskReading, type MachineFacts } from './machine.ts'

/** What the node has, and gives all of to its pods: capacity and allocatable, as quantities. */
export function nodeResources(facts: MachineFacts, disk: DiskReading): Record<string, string> {
  return {
    cpu: String(facts.cores),
    'ephemeral-storage': `${Math.floor(disk.capacityBytes / 1024)}Ki`,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: '110',
  }
}

/** The same, read now. `rootDir`: on the disk that pods use. */
export async function readNodeResources(rootDir: string): Promise<Record<string, string>> {
  return nodeResources(...(await Promise.all([readMachineFacts(), readDisk(rootDir)])))
}
