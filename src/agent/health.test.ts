import { expect, test } from 'vitest'
import { newRecord } from './check-record.ts'
import { componentsOf, type HealthFacts } from './health.ts'
import { LOGS_OFF } from './logs/logs-status.ts'
import { healthJson, healthText } from './read-health.ts'
import type { SinkStatus } from './sinks/index.ts'

const NOW = 1_768_210_205_000

const check = (
  id: string,
  intervalMs: number,
  endedAgoMs: number,
): HealthFacts['checks'][number] => ({
  record: { ...newRecord(id, 'file:x'), updatedAt: NOW - endedAgoMs },
  intervalMs,
})

const sink = (name: string, more: Partial<SinkStatus> = {}): SinkStatus => ({
  name,
  target: 'https://intake',
  sent: 1,
  failed: 0,
  dropped: 0,
  queuedItems: 0,
  queueBytes: 0,
  lastError: '',
  lastErrorAt: 0,
  lastSentAt: NOW,
  details: {},
  ...more,
})

const facts = (more: Partial<HealthFacts> = {}): HealthFacts => ({
  now: NOW,
  startedAt: NOW - 3_600_000,
  checks: [check('kubelet', 20_000, 5_000), check('container', 15_000, 5_000)],
  sinks: [],
  logs: LOGS_OFF,
  ...more,
})

const unhealthy = (more: Partial<HealthFacts>): Record<string, string> =>
  Object.fromEntries(
    componentsOf(facts(more)).flatMap(({ name, why }) => (why === undefined ? [] : [[name, why]])),
  )

test('all parts are named, checks by their interval as the Agent has them', () => {
  const components = componentsOf(
    facts({
      sinks: [sink('datadog'), sink('otlp')],
      logs: { ...LOGS_OFF, folder: '/var/log/pods', running: true },
    }),
  )
  expect(components.map(({ name }) => name)).toEqual([
    'agent-api',
    'collector-queue-15s',
    'collector-queue-20s',
    'forwarder',
    'logs-agent',
    'sink-otlp',
  ])
  expect(healthText(components)).toBe(
    'Agent health: PASS\n=== 6 healthy components ===\nagent-api, collector-queue-15s, collector-queue-20s, forwarder, logs-agent, sink-otlp\n',
  )
})

test.each<[string, Partial<HealthFacts>, Record<string, string>]>([
  [
    'a check that fails is no fault of the agent',
    { checks: [check('kubelet', 20_000, 20_000)] },
    {},
  ],
  [
    'a check that does not end',
    { checks: [check('kubelet', 20_000, 141_000), check('container', 15_000, 1_000)] },
    { 'collector-queue-20s': 'kubelet has not come to an end for 141 s' },
  ],
  [
    'an agent that has just started has all the time',
    { startedAt: NOW - 1_000, checks: [check('kubelet', 20_000, NOW)] },
    {},
  ],
  [
    'a key that is not valid',
    { sinks: [sink('datadog', { details: { 'API key': 'invalid' } })] },
    { forwarder: 'https://intake says that the API key is not valid' },
  ],
  [
    'an intake that is down: its queue keeps all',
    { sinks: [sink('datadog', { lastErrorAt: NOW + 1, lastError: 'refused' })] },
    {},
  ],
  [
    'another sink that takes nothing: its data is lost',
    { sinks: [sink('otlp', { lastErrorAt: NOW + 1, lastError: 'refused' })] },
    { 'sink-otlp': 'refused' },
  ],
  [
    'logs that were wanted',
    { logs: { ...LOGS_OFF, folder: '/var/log/pods' } },
    { 'logs-agent': 'the collector has stopped' },
  ],
])('%s', (_, more, expected) => {
  expect(unhealthy(more)).toEqual(expected)
})

test('what is unhealthy has its reason, in the text and for machines', () => {
  const components = componentsOf(
    facts({ sinks: [sink('datadog', { details: { 'API key': 'invalid' } })] }),
  )
  expect(healthText(components)).toMatch(
    /^Agent health: FAIL\n=== 3 healthy components ===\n.*\n=== 1 unhealthy components ===\nforwarder\n {2}forwarder: .*\nError: found 1 unhealthy components\n$/,
  )
  expect(JSON.parse(healthJson(components))).toMatchObject({
    Unhealthy: ['forwarder'],
    Reasons: { forwarder: 'https://intake says that the API key is not valid' },
  })
})
