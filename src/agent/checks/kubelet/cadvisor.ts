import type { Family, Sample } from '../../exposition.ts'
import { createOwners, type Gathered, type Owners } from './cadvisor-owners.ts'
import { CADVISOR_TABLE, type CadvisorRow } from './cadvisor-table.ts'
import { metricName, scrape, type Provider, type ProviderRun } from './provider.ts'
import { forgetOlder, remember, rememberedOf, startRemembering } from './remembered-usage.ts'

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
  { memory }: ProviderRun,
  ownerOf: Owners['container'],
  family: Family,
  keep: 'last' | 'sum',
): readonly Gathered[] {
  const by = {}
  const { gatherings } = memory.owners
  const gathering = gatherings.get(family.name) ?? { places: [], all: [] }
  gatherings.set(family.name, gathering)
  const { places, all } = gathering
  const { samples } = family
  let count = 0
  for (let i = 0; i < samples.length; i++) {
    const { labels, value } = samples[i] as Sample
    const owner = ownerOf(labels, places, i)
    if (!owner) continue
    const { slot } = owner
    const gathered = (slot.gathered ??= { owner, value })
    if (slot.by !== by) {
      slot.by = by
      all[count++] = gathered
    } else if (keep === 'sum') {
      gathered.value += value
      continue
    }
    gathered.owner = owner
    gathered.value = value
  }
  places.length = samples.length
  all.length = count
  return all
}

function reportPlain(run: ProviderRun, owners: Owners, family: Family, row: RowOf<'plain'>): void {
  const { sender } = run
  const { call, factor = 1, below = Infinity } = row
  const name = metricName(row.metric)
  for (const { owner, value } of gather(run, owners.container, family, 'last')) {
    if (value < below) sender.metric(call, name, value * factor, owner.tagsWith(row.label))
  }
}

function reportUsage(run: ProviderRun, owners: Owners, family: Family, row: RowOf<'usage'>): void {
  const { sender, memory } = run
  const remembered = startRemembering(memory.usage, row.limit)
  const name = metricName(row.metric)
  for (const { owner, value } of gather(run, owners.container, family, 'sum')) {
    const tags = owner.tagsWith(row.label)
    if (owner.name !== '') remember(remembered, owner.name, value, tags)
    sender.metric('gauge', name, value, tags)
  }
  forgetOlder(remembered)
}

function reportLimit(run: ProviderRun, owners: Owners, family: Family, row: RowOf<'limit'>): void {
  const { sender, memory } = run
  const usage = memory.usage.get(family.name)
  const name = row.metric === undefined ? undefined : metricName(row.metric)
  const percent = metricName(row.percent)
  for (const { owner, value } of gather(run, owners.container, family, 'last')) {
    if (name !== undefined) sender.metric('gauge', name, value, owner.tagsWith(undefined))
    const used = usage && rememberedOf(usage, owner.name)
    if (used && value > 0) sender.metric('gauge', percent, used.value / value, used.tags)
  }
}

/** Summed over a pod's interfaces, under the first one's name. */
function reportPods(run: ProviderRun, owners: Owners, family: Family, row: RowOf<'pod'>): void {
  const { sender } = run
  const name = metricName(row.metric)
  for (const { owner, value } of gather(run, owners.pod, family, 'sum'))
    sender.metric('rate', name, value, owner.tagsWith('interface'))
}
