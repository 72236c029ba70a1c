import { expect, test } from 'vitest'
import { loadConfig } from '../config.ts'
import { loadSinksConfig, type SinksConfig } from './config.ts'

/** The agent's own configuration is read from what is not the sinks'. */
const load = (env: Record<string, string>): SinksConfig => {
  const own = Object.entries(env).filter(([name]) => /TAGS|CLUSTER_NAME|CONTAINER_ROOT/.test(name))
  return loadSinksConfig(env, loadConfig({ DD_HOSTNAME: 'n', ...Object.fromEntries(own) }))
}

const KEY = '0123456789abcdef0123456789abcdef'

test('each sink is there when its key is; without any there is none', () => {
  expect(Object.values(load({})).filter((one) => one !== undefined)).toEqual([[]])
  const { datadog } = load({ DD_API_KEY: KEY, DD_TAGS: 'env:x', DD_CLUSTER_NAME: 'k8s1' })
  expect(datadog).toMatchObject({
    metricsUrl: 'https://api.datadoghq.com',
    logsUrl: 'https://http-intake.logs.datadoghq.com',
    encoding: 'deflate',
    verify: true,
    storageFolder: '/opt/datadog-agent/run/transactions_to_retry/api.datadoghq.com',
    storageMaxBytes: 104_857_600,
    hostTags: ['env:x', 'cluster_name:k8s1', 'kube_cluster_name:k8s1'],
  })
  expect(JSON.stringify(datadog)).not.toContain(KEY)
  expect(load({ SUBLET_PROMETHEUS_LISTEN: '9095' }).prometheus).toMatchObject({
    address: '127.0.0.1',
    port: 9095,
  })
  expect(load({ SUBLET_PROMETHEUS_LISTEN: '[::]:9095' }).prometheus?.address).toBe('::')
  expect(load({ SUBLET_SINKS: 'stdout', DD_API_KEY: KEY })).toMatchObject({
    datadog: undefined,
    stdout: true,
  })
})

test('the site, an own address and the queue follow the Agent’s keys', () => {
  const { datadog } = load({ DD_API_KEY: KEY, DD_SITE: 'datadoghq.eu' })
  expect(datadog?.metricsUrl).toBe('https://api.datadoghq.eu')
  expect(datadog?.logsUrl).toBe('https://http-intake.logs.datadoghq.eu')
  const own = load({
    DD_API_KEY: KEY,
    DD_DD_URL: 'http://vector.svc:8282/',
    DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES: '0',
  })
  expect(own.datadog).toMatchObject({
    metricsUrl: 'http://vector.svc:8282',
    logsUrl: 'http://vector.svc:8282',
    storageFolder: undefined,
  })
  expect(own.notes).toEqual(['DD_DD_URL is not https: whoever is between can read the API key'])
})

test('a lab sends nothing to Datadog unless told where', () => {
  const lab = { DD_API_KEY: KEY, SUBLET_CONTAINER_ROOT: '/lab/containers/x' }
  expect(load(lab).datadog).toBeUndefined()
  expect(load({ ...lab, DD_DD_URL: 'http://127.0.0.1:1' }).datadog).toBeDefined()
})

test('all faults are told at once, by key', () => {
  expect(() =>
    load({
      DD_API_KEY: KEY,
      DD_DD_URL: 'ftp://x',
      DD_FORWARDER_STORAGE_MAX_SIZE_IN_BYTES: 'much',
      SUBLET_PROMETHEUS_LISTEN: 'here',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      DD_DOGSTATSD_URL: 'unixgram:///x',
      DD_SERIALIZER_COMPRESSOR_KIND: 'lzma',
    }),
  ).toThrow(
    /DD_DD_URL must.*STORAGE_MAX_SIZE_IN_BYTES must.*COMPRESSOR_KIND must.*LISTEN must.*PROTOCOL must.*DOGSTATSD_URL must/,
  )
  expect(() => load({ SUBLET_SINKS: 'prometheus' })).toThrow(
    'SUBLET_SINKS names prometheus, which needs SUBLET_PROMETHEUS_LISTEN',
  )
  expect(() => load({ SUBLET_SINKS: 'kafka' })).toThrow('there is no sink kafka')
})
