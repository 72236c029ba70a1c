import type { Family, Sample } from '../../exposition.ts'
import { createOwners, type Gathered, type Owner, type Owners } from './cadvisor-owners.ts'
import { CADVISOR_TABLE, type CadvisorRow } from './cadvisor-table.ts'
import {
  PREFIX,
  scrape,
  type Provider,
  type ProviderRun,
  type RememberedUsage,
} from './provider.ts'

type RowOf<S extends CadvisorRow['scope']> = Extract<CadvisorRow, { scope: S }>

/** `/metrics/cadvisor`: CPU, memory, disk and network of pods and containers. */
export const cadvisor: Provider = {
  name: 'cadvisor',
  async run(run) {
    const families = await scrape(run, '/metrics/cadvisor', {
      skipLine: isNodeRow,
      wanted: (family) => Object.hasOwn(CADVISOR_TABLE, family),
    })
    const owners = createOwners(run)
    for (const [name, row] of Object.entries(CADVISOR_TABLE)) {
      const family = families.get(name)
      // A run that does not show a family any more forgets what it remembered of it.
      if (!family && row.scope === 'usage') run.memory.usage.delete(row.limit)
      if (!family || !processable(run, family)) continue
      if (row.scope === 'plain') reportPlain(run, owners, family, row)
      else if (row.scope === 'usage') reportUsage(run, owners, family, row)
      else if (row.scope === 'limit') reportLimit(run, owners, family, row)
      else reportPods(run, owners, family, row)
    }
  },
}

/** Rows of the node's own cgroups, dropped as text before they are parsed. */
const isNodeRow = (line: string): boolean => line.includes('pod=""') || line.includes('pod_name=""')

function processable(run: ProviderRun, family: Family): boolean {
  if (family.type === 'counter' || family.type === 'gauge' || family.type === 'summary') return true
  const text = `metric type ${family.type} unsupported for metric ${family.name}`
  run.log.error('agent/checks/kubelet/cadvisor', text)
  return false
}

/** One entry per container or pod: its last sample, or the first one with the sum of all values. */
function gather(
  ownerOf: (labels: Sample['labels']) => Owner | undefined,
  family: Family,
  keep: 'last' | 'sum',
): readonly Gathered[] {
  const by = {}
  const all: Gathered[] = []
  for (const { labels, value } of family.samples) {
    const owner = ownerOf(labels)
    if (!owner) continue
    const { slot } = owner
    const gathered = (slot.gathered ??= { owner, value })
    if (slot.by !== by) {
      slot.by = by
      all.push(gathered)
    } else if (keep === 'sum') {
      gathered.value += value
      continue
    }
    gathered.owner = owner
    gathered.value = value
  }
  return all
}

function reportPlain(
  { sender }: ProviderRun,
  owners: Owners,
  family: Family,
  row: RowOf<'plain'>,
): void {
  const { call, factor = 1, below = Infinity } = row
  const name = PREFIX + row.metric
  for (const { owner, value } of gather(owners.container, family, 'last')) {
    if (value < below) sender.metric(call, name, value * factor, owner.tagsWith(row.label))
  }
}

function reportUsage(
  { sender, memory }: ProviderRun,
  owners: Owners,
  family: Family,
  row: RowOf<'usage'>,
): void {
  const remembered = new Map<string, RememberedUsage>()
  const name = PREFIX + row.metric
  for (const { owner, value } of gather(owners.container, family, 'sum')) {
    const tags = owner.tagsWith(row.label)
    if (owner.name !== '') remembered.set(owner.name, { value, tags })
    sender.metric('gauge', name, value, tags)
  }
  memory.usage.set(row.limit, remembered)
}

function reportLimit(
  { sender, memory }: ProviderRun,
  owners: Owners,
  family: Family,
  row: RowOf<'limit'>,
): void {
  const usage = memory.usage.get(family.name)
  const percent = PREFIX + row.percent
  for (const { owner, value } of gather(owners.container, family, 'last')) {
    if (row.metric !== undefined)
      sender.metric('gauge', PREFIX + row.metric, value, owner.tagsWith(undefined))
    const used = usage?.get(owner.name)
    if (used && value > 0) sender.metric('gauge', percent, used.value / value, used.tags)
  }
}

/** Summed over a pod's interfaces, under the first one's name. */
function reportPods(
  { sender }: ProviderRun,
  owners: Owners,
  family: Family,
  row: RowOf<'pod'>,
): void {
  const name = PREFIX + row.metric
  for (const { owner, value } of gather(owners.pod, family, 'sum'))
    sender.metric('rate', name, value, owner.tagsWith('interface'))
}
