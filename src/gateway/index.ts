/** A kubelet-compatible endpoint for virtual tokens: authenticate → authorize → fetch → slice → answer. */
export {
  DEFAULTS,
  loadGatewayConfig,
  parseGatewayConfig,
  type GatewayConfig,
  type TenantConfig,
} from './config.ts'
export { checkConfig, type ConfigCheck, type ConfigFault } from './check-config.ts'
export { startGateway, type Gateway } from './start-gateway.ts'
export { sliceOffline, type OfflineSlice } from './slice-offline.ts'
