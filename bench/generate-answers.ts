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
  }
}

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
