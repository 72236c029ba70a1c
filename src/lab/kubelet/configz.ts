import { KUBE_API_BURST, KUBE_API_QPS } from './request-budget.ts'

/** The settings that this kubelet really has, under their names in a KubeletConfiguration (`/configz`). */
export function configz(options: {
  readonly address: string
  readonly port: number
  readonly podLogsDir: string
}): string {
  return (
    JSON.stringify({
      kubeletconfig: {
        kind: 'KubeletConfiguration',
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        enableServer: true,
        podLogsDir: options.podLogsDir,
        syncFrequency: '1m0s',
        address: options.address,
        port: options.port,
        authentication: {
          webhook: { enabled: true, cacheTTL: '2m0s' },
          anonymous: { enabled: false },
        },
        authorization: {
          mode: 'Webhook',
          webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' },
        },
        eventRecordQPS: KUBE_API_QPS,
        eventBurst: KUBE_API_BURST,
        enableDebuggingHandlers: true,
        nodeStatusReportFrequency: '5m0s',
        maxPods: 110,
        kubeAPIQPS: KUBE_API_QPS,
        kubeAPIBurst: KUBE_API_BURST,
        crashLoopBackOff: { maxContainerRestartPeriod: '5m0s' },
        registerNode: true,
        volumeStatsAggPeriod: '15s',
      },
    }) + '\n'
  )
}
