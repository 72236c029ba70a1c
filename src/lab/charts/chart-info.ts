/** A chart as `helm list` names it. */
export interface ChartInfo {
  readonly name: string
  readonly version: string
  readonly appVersion: string
  readonly repository: string
}

/** The release of DataDog/helm-charts that this room follows (Agent 7.74.0). */
export const CHART: ChartInfo = {
  name: 'datadog',
  version: '3.160.1',
  appVersion: '7',
  repository: 'https://helm.datadoghq.com',
}

export const AGENT_VERSION = '7.74.0'
