import type { DatadogValues } from './datadog-values.ts'

/** How the chart calls its objects (`_helpers.tpl`). */
export interface DatadogNames {
  readonly release: string
  readonly namespace: string
  readonly fullName: string
  readonly clusterAgent: string
  readonly apiKeySecret: string
  readonly labels: Readonly<Record<string, string>>
}

/** The release's name if `datadog` is in it, else `<release>-datadog`; 63 characters at most. */
export function datadogNames(
  release: string,
  namespace: string,
  values: DatadogValues,
  chart: string,
): DatadogNames {
  const long = release.includes('datadog') ? release : `${release}-datadog`
  const fullName = long.slice(0, 63).replace(/-+$/, '')
  return {
    release,
    namespace,
    fullName,
    clusterAgent: `${fullName}-cluster-agent`,
    apiKeySecret: values.apiKeyExistingSecret ?? fullName,
    labels: {
      'helm.sh/chart': chart,
      'app.kubernetes.io/name': fullName,
      'app.kubernetes.io/instance': release,
      'app.kubernetes.io/managed-by': 'Helm',
      'app.kubernetes.io/version': '7',
    },
  }
}
