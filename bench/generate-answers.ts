import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Summary } from '../src/kubelet/index.ts'
import type { GeneratedNode } from './generate-node.ts'

interface PodStats {
  podRef: { name: string; namespace: string; uid: string }
}

/** Everything that the kubelet of a generated node answers, by path. */
export function generateAnswers({ pods, cadvisor }: GeneratedNode): Record<string, Buffer> {
  const fixture = new URL('../test/fixtures/minikube-1.34/summary.gz', import.meta.url)
  const captured = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as Summary
  const templates: readonly PodStats[] = captured.pods
  const stats = pods.map(({ metadata: { name, namespace, uid } }, i) => ({
    ...templates[i % templates.length],
    podRef: { name, namespace, uid },
  }))
  const list = { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods }
  return {
    '/pods': Buffer.from(JSON.stringify(list)),
    '/stats/summary': Buffer.from(JSON.stringify({ ...captured, pods: stats })),
    '/metrics/cadvisor': cadvisor,
    '/metrics/resource': Buffer.from(resource(pods)),
    '/metrics/probes': Buffer.from(probes(pods)),
    '/metrics': Buffer.from(kubelet(pods)),
  }
}

/** For every container two probes, as the kubelet tells of them: a counter and a histogram. */
function probes(pods: GeneratedNode['pods']): string {
  const family = 'prober_probe_duration_seconds'
  const bounds = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10']
  const rows = eachContainer(pods, (container, { metadata: { name, namespace, uid } }) => {
    const labels = (type: string): string =>
      `container="${container}",namespace="${namespace ?? ''}",pod="${name ?? ''}",probe_type="${type}"`
    return ['Liveness', 'Readiness'].flatMap((type) => [
      ...[...bounds, '+Inf'].map((le) => `${family}_bucket{${labels(type)},le="${le}"} 4711\n`),
      `${family}_sum{${labels(type)}} 21.934217\n${family}_count{${labels(type)}} 4711\n`,
      `prober_probe_total{${labels(type)},pod_uid="${uid ?? ''}",result="successful"} 4711\n`,
    ])
  })
  const isTotal = (row: string): boolean => row.startsWith('prober_probe_total')
  return [
    `# HELP ${family} Time.\n# TYPE ${family} histogram\n`,
    ...rows.filter((row) => !isTotal(row)),
    '# HELP prober_probe_total Probes.\n# TYPE prober_probe_total counter\n',
    ...rows.filter(isTotal),
  ].join('')
}

/** The kubelet's own metrics as captured, which are nobody's, and each container's log. */
function kubelet(pods: GeneratedNode['pods']): string {
  const fixture = new URL('../test/fixtures/vcluster-node/metrics.txt', import.meta.url)
  const family = 'kubelet_container_log_filesystem_used_bytes'
  const logs = eachContainer(pods, (container, { metadata: { name, namespace, uid } }) => [
    `${family}{container="${container}",namespace="${namespace ?? ''}",pod="${name ?? ''}",uid="${uid ?? ''}"} 8192\n`,
  ])
  const own = readFileSync(fixture, 'utf8').split('\n')
  return [
    ...own.filter((line) => line !== '' && !line.includes(family)).map((line) => `${line}\n`),
    `# HELP ${family} Bytes.\n# TYPE ${family} gauge\n`,
    ...logs,
  ].join('')
}

const eachContainer = (
  pods: GeneratedNode['pods'],
  rows: (container: string, pod: GeneratedNode['pods'][number]) => string[],
): string[] => pods.flatMap((pod) => pod.spec.containers.flatMap(({ name }) => rows(name, pod)))

function resource(pods: GeneratedNode['pods']): string {
  const rows = (family: string): string[] =>
    pods.flatMap(({ metadata: { name, namespace }, spec }) =>
      spec.containers.map(
        (container, i) =>
          `${family}{container="${container.name}",namespace="${namespace ?? ''}",pod="${name ?? ''}"} ${i}.25 1795348762853\n`,
      ),
    )
  return ['container_cpu_usage_seconds_total', 'container_memory_working_set_bytes']
    .flatMap((family) => [`# HELP ${family} Use.\n`, `# TYPE ${family} gauge\n`, ...rows(family)])
    .join('')
}
