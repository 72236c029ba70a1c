import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DEFAULTS } from './index.ts'

test('docs/gateway.md tells every default', () => {
  const page = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8')
  const keys: Readonly<Record<keyof typeof DEFAULTS, string>> = {
    listen: 'listen',
    admin: 'admin',
    kubeletUrl: 'kubelet.url',
    snapshotTtl: 'snapshot.ttl',
    snapshotMaxStale: 'snapshot.maxStale',
    requestsPerSecond: 'limits.requestsPerSecond',
    burst: 'limits.burst',
    inFlight: 'limits.inFlight',
    logsMaxDuration: 'logs.maxDuration',
    logStreams: 'logs.streams',
    logStreamsPerTenant: 'logs.streamsPerTenant',
    access: 'tenants[].access',
    audience: 'tenants[].audiences',
    nodeView: 'tenants[].nodeView',
  }
  for (const [name, key] of Object.entries(keys)) {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${key}\``))
    expect(row).toContain(`\`${DEFAULTS[name as keyof typeof DEFAULTS]}\``)
  }
})
