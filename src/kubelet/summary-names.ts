import { quotedNames } from './json-output.ts'
import { nameTable, type NameTable } from './name-table.ts'

/** Every name that is looked for in a Summary. Source: stats.k8s.io/v1alpha1 as of kubelet 1.36. */
export const SUMMARY_NAMES: NameTable = nameTable(
  `node nodeName pods podRef name namespace uid startTime containers network volume pvcRef
  cpu memory io rootfs logs swap fs ephemeral-storage process_stats process_count
  time usageNanoCores usageCoreNanoSeconds psi full some total avg10 avg60 avg300
  availableBytes usageBytes workingSetBytes rssBytes pageFaults majorPageFaults
  usedBytes inodesUsed capacityBytes inodesFree inodes swapUsageBytes swapAvailableBytes
  rxBytes rxErrors txBytes txErrors interfaces volumeHealthStats`
    .split(/\s+/)
    .filter((name) => name !== ''),
)

/** The same, as they stand before a member's value. */
export const QUOTED_SUMMARY_NAMES: readonly DataView[] = quotedNames(SUMMARY_NAMES)
