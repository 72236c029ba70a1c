/** What the lab runs for the image of metrics-server: kubelets' readings as metrics.k8s.io, by the rules of 0.8. */
export { runMetricsServer } from './run.ts'
