import { collectOften, createLogger } from '../src/core/index.ts'

// The gateway as it runs on a node: its own process, a line of log for every request. Ends with its standard input.
collectOften()
const { loadGatewayConfig, startGateway } = await import('../src/gateway/index.ts')
const gateway = await startGateway(loadGatewayConfig(process.argv[2] ?? ''), {
  log: createLogger('gateway', 'info'),
})
console.log(gateway.port)
process.stdin.resume().on('end', () => process.exit(0))
