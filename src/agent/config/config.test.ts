import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { configCheck } from '../config-check.ts'
import { CONFIG_DIR, loadConfig } from '../config.ts'
import { readConfig, readValidConfig, type LoadedConfig } from './read-config.ts'
import { readSinksConfig } from './read-sinks.ts'

const roots: string[] = []
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

const YAML = `${CONFIG_DIR}/datadog.yaml`
const KUBELET = `${CONFIG_DIR}/conf.d/kubelet.d/conf.yaml`
const KEY = '0123456789abcdef0123456789abcdef'

/** The environment of a container with these files. */
function containerWith(
  files: Record<string, string>,
  env: Record<string, string> = {},
): Record<string, string> {
  const root = mkdtempSync(join(tmpdir(), 'sublet-config-'))
  roots.push(root)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return { SUBLET_CONTAINER_ROOT: root, ...env }
}

const load = (
  files: Record<string, string>,
  env: Record<string, string> = {},
): Promise<LoadedConfig> => readConfig(containerWith(files, env))

describe('datadog.yaml and the environment', () => {
  test('the environment wins over the file, the file over the defaults; an empty variable is not set', async () => {
    const yaml = [
      'kubernetes_kubelet_host: 10.0.0.1',
      'kubelet_tls_verify: no',
      'kubernetes_http_kubelet_port: 0',
      'cluster_name: from-file',
      'container_exclude: ["name:a{1,2} b", "image:x"]',
      'tags: [team:a, "env:b c"]',
    ].join('\n')
    const env = { DD_KUBERNETES_KUBELET_HOST: '10.0.0.2', DD_CLUSTER_NAME: '' }
    const { config, faults } = await load({ [YAML]: yaml }, env)
    expect(faults).toEqual([])
    expect(config).toMatchObject({
      clusterName: 'from-file',
      tags: ['team:a', 'env:b c'],
      kubelet: { host: '10.0.0.2', tlsVerify: false, httpPort: 0, httpsPort: 10250 },
      filters: { exclude: ['name:a{1,2} b', 'image:x'] },
    })
  })

  test('the other name of a key is the key, also when the file says the key itself', async () => {
    const files = { [YAML]: 'kubelet_auth_token_path: /file/token' }
    const { config } = await load(files, { DD_KUBELET_BEARER_TOKEN_PATH: '/env/token' })
    expect(config.kubelet.tokenPath).toBe('/env/token')
    const file = await load({ [YAML]: 'kubelet_bearer_token_path: /file/token' })
    expect(file.config.kubelet.tokenPath).toBe('/file/token')
  })

  test('wrong values are all named at once, with file and line or with the variable', async () => {
    const yaml =
      'kubelet_tls_verify: perhaps\nsite: x\nkubernetes_http_kubelet_port: 70000\ntags: {a: b}\napi_key: ENC[key]'
    const env = containerWith({ [YAML]: yaml }, { DD_LOG_LEVEL: 'loud', DD_EKS_FARGATE: 'mybe' })
    const { faults, config } = await readConfig(env)
    expect(faults).toEqual([
      `${YAML}:1: kubelet_tls_verify: must be true or false, not "perhaps"`,
      `${YAML}:3: kubernetes_http_kubelet_port: must be a whole number from -1 to 65535, not 70000`,
      `${YAML}:4: tags: must be a list of texts, not {"a":"b"}`,
      `${YAML}:5: api_key: is to come from a secret backend (ENC[…]), which this agent has not`,
      'DD_EKS_FARGATE: must be true or false, not "mybe"',
      expect.stringMatching(/^DD_LOG_LEVEL: must be one of trace, .*, not "loud"$/),
    ])
    expect(config.kubelet.tlsVerify, 'a wrong value does not open a door').toBe(true)
    await expect(readValidConfig(env)).rejects.toMatchObject({ code: 'E_CONFIG' })
    expect(() => loadConfig({ DD_KUBELET_TLS_VERIFY: 'perhaps' })).toThrow('DD_KUBELET_TLS_VERIFY')
  })

  test('unknown keys are named, with the one that was meant; those of the Agent are no news', async () => {
    const yaml =
      'kubelet_tls_verfy: false\napm_config:\n  enabled: true\nlogs_config:\n  logs_no_ssl: true\n  use_http: true\nnonsense: 1\n__proto__: 2'
    const env = {
      DD_KUBLET_TLS_VERIFY: 'false',
      DD_APM_ENABLED: 'true',
      DD_POD_NAME: 'x',
      DD_NONSENSE: '1',
    }
    const { warnings, notes, layers, faults } = await load({ [YAML]: yaml }, env)
    expect(faults).toEqual([])
    expect(warnings).toEqual([
      `${YAML}:1: Unknown key in config file: kubelet_tls_verfy (did you mean kubelet_tls_verify?)`,
      `${YAML}:7: Unknown key in config file: nonsense`,
      `${YAML}:8: Unknown key in config file: __proto__`,
      'Unknown environment variable: DD_KUBLET_TLS_VERIFY (did you mean DD_KUBELET_TLS_VERIFY?)',
      'Unknown environment variable: DD_NONSENSE',
    ])
    expect(notes).toEqual([
      `${YAML}:2: apm_config has no effect in this agent`,
      `${YAML}:6: logs_config.use_http has no effect in this agent`,
      'DD_APM_ENABLED has no effect in this agent',
    ])
    expect(layers.env['DD_LOGS_CONFIG_LOGS_NO_SSL']).toBe('true')
  })

  test('times are seconds, and of wrong ones the default is not taken silently', async () => {
    const yaml = 'kubelet_cache_pods_duration: 0\ndocker_query_timeout: 2\n'
    const env = { DD_KUBERNETES_POD_EXPIRATION_DURATION: '60' }
    const { config } = await load({ [YAML]: yaml }, env)
    expect(config.podList).toEqual({ cacheMs: 0, expirationMs: 60_000 })
    expect(config.dockerTimeoutMs).toBe(2_000)
    const wrong = await load({}, { DD_DOCKER_QUERY_TIMEOUT: '5s' })
    expect(wrong.faults).toEqual([
      'DD_DOCKER_QUERY_TIMEOUT: must be a whole number of at least 0, not "5s"',
    ])
    expect(wrong.config.dockerTimeoutMs).toBe(5_000)
  })

  test('half of a pair of certificate and key is a warning', async () => {
    const { warnings } = await load({ [YAML]: 'kubelet_client_key: /client.key' })
    expect(warnings).toEqual([
      `${YAML}:1: kubelet_client_key has no effect without DD_KUBELET_CLIENT_CRT`,
    ])
  })

  test('a key of the Agent that somebody may rely on and that is not heeded is a warning with the reason', async () => {
    const yaml = [
      'proxy:',
      '  https: http://proxy:3128',
      'kubelet_core_check_enabled: false',
      'kubelet_wait_on_missing_container: 3',
      'forwarder_timeout: 5',
      'forwarder_storage_pth: /x',
      'logs_config:',
      '  processing_rules: [{ type: mask_sequences }]',
      'kubernetes_pod_labels_as_tags: { team: team }',
    ]
    const env = { DD_PROXY_HTTPS: 'http://proxy:3128', HTTPS_PROXY: 'http://proxy:3128' }
    const { warnings, notes, faults } = await load({ [YAML]: yaml.join('\n') }, env)
    expect([faults, notes]).toEqual([[], []])
    expect(warnings.map((text) => text.replace(' has no effect in this agent', ''))).toEqual([
      `${YAML}:1: proxy: this agent connects directly, through no proxy`,
      `${YAML}:3: kubelet_core_check_enabled: there is no Python check, the kubelet check is always this one`,
      `${YAML}:4: kubelet_wait_on_missing_container: a container that is not in the pod list yet is reported from the next run on`,
      `${YAML}:5: forwarder_timeout: the value is fixed here`,
      `${YAML}:6: Unknown key in config file: forwarder_storage_pth (did you mean forwarder_storage_path?)`,
      `${YAML}:8: logs_config.processing_rules: no line is changed or left out`,
      `${YAML}:9: kubernetes_pod_labels_as_tags: labels, annotations and variables do not become tags here`,
      'HTTPS_PROXY: this agent connects directly, through no proxy',
      'DD_PROXY_HTTPS: this agent connects directly, through no proxy',
    ])
    expect(warnings.join()).not.toContain('3128')
  })

  test("what the Agent's chart and image set is no warning", async () => {
    const env = {
      DD_KUBELET_CORE_CHECK_ENABLED: 'true',
      DD_LOGS_CONFIG_K8S_CONTAINER_USE_FILE: 'true',
      DD_KUBERNETES_KUBELET_PODRESOURCES_SOCKET: '/var/lib/kubelet/pod-resources/kubelet.sock',
      DD_CLUSTER_AGENT_ENABLED: 'true',
      DD_LEADER_ELECTION: 'true',
      DD_APM_ENABLED: 'true',
    }
    const { warnings, notes } = await load({}, env)
    expect(warnings).toEqual([])
    expect(notes).toHaveLength(Object.keys(env).length)
  })

  test.each([
    ['a: [1', `${YAML}:1: `],
    ['site: a\nsite: b', `${YAML}:2: Map keys must be unique`],
    ['- a', `${YAML}: must be a map`],
    [`api_key: ${KEY} : x`, `${YAML}:1: `],
    [`x: *${KEY}`, `${YAML}: an alias (*) has no anchor before it`],
    [`x: |${KEY}\n  a`, `${YAML}:1: Block scalar header includes extra characters`],
    [`${'x'.repeat(1024 * 1024)}: 1`, `${YAML}: is larger than 1048576 bytes`],
  ])('%.30s is a fault that shows nothing of the file', async (yaml, fault) => {
    const { faults } = await load({ [YAML]: yaml })
    expect(faults[0]?.startsWith(fault), faults[0]).toBe(true)
    expect(faults.join()).not.toContain(KEY)
  })

  test('a file that was named must be there; nothing need be where nobody named one', async () => {
    expect((await readConfig(containerWith({}))).faults).toEqual([])
    const { faults } = await readConfig(containerWith({}), '/other')
    expect(faults).toEqual([
      '/other/datadog.yaml: open /other/datadog.yaml: no such file or directory',
    ])
    const named = await readConfig(
      containerWith({ '/other/mine.yaml': 'site: a.b' }),
      '/other/mine.yaml',
    )
    expect(named.config.confdPath).toBe('/other/conf.d')
  })

  test('a device in the place of a file is a fault', async () => {
    const env = containerWith({})
    symlinkSync('/dev/zero', join(env['SUBLET_CONTAINER_ROOT'] ?? '', 'zero.yaml'))
    expect((await readConfig(env, '/zero.yaml')).faults).toEqual(['/zero.yaml: is no regular file'])
  })

  test("the sinks' keys may be in the file, and their faults name it", async () => {
    const files = { [YAML]: `api_key: ${KEY}\ndd_url: http://127.0.0.1:1\nsite: "not a host"` }
    const loaded = await load(files)
    expect(() => readSinksConfig(loaded)).toThrow(`site (${YAML}:3) is no host name`)
  })
})

describe('conf.d', () => {
  test('without files each check has its one instance', async () => {
    const { checks } = await load({})
    expect(checks.map(({ id, source, intervalMs }) => [id, source, intervalMs])).toEqual([
      ['container', `file:${CONFIG_DIR}/conf.d/container.d/conf.yaml.default`, 15_000],
      ['kubelet', `file:${CONFIG_DIR}/conf.d/kubelet.d/conf.yaml.default`, 20_000],
    ])
  })

  test('an instance says its own options', async () => {
    const yaml = `
init_config:
instances:
  - min_collection_interval: 30
    timeout: 2.5
    tags: ["team:a"]
    bearer_token_auth: tls_only
    bearer_token_path: /kubelet-token
    ssl_verify: false
    ssl_ca_cert: /kubelet-ca.crt
    container_include: ["name:web"]
    container_exclude: ["name:.*"]
    exclude_labels: [code]
    ignore_metrics_by_labels: { pod: ["*"], host: web }
`
    const { checks, checkFaults, warnings } = await load({ [KUBELET]: yaml })
    expect([checkFaults, warnings]).toEqual([[], []])
    expect(checks.find(({ name }) => name === 'kubelet')).toMatchObject({
      id: 'kubelet',
      source: `file:${KUBELET}`,
      intervalMs: 30_000,
      tags: ['team:a'],
      filters: { include: ['name:web'], exclude: ['name:.*'] },
      kubelet: { tokenPath: '/kubelet-token', tlsVerify: false, caPath: '/kubelet-ca.crt' },
      options: {
        timeoutMs: 2_500,
        excludeLabels: ['code'],
        ignoreMetricsByLabels: { pod: ['*'], host: ['web'] },
      },
    })
  })

  test.each(['kubelet', 'container'])('the %s check takes a cardinality', async (check) => {
    const file = `${CONFIG_DIR}/conf.d/${check}.d/conf.yaml`
    const { checks } = await load({ [file]: 'instances: [{check_tag_cardinality: low}]' })
    expect(checks.find(({ name }) => name === check)?.options).toEqual({ cardinality: 'low' })
  })

  test('bearer_token_auth: false sends no token, also where the agent has one', async () => {
    const files = { [KUBELET]: 'instances: [{bearer_token_auth: false}]' }
    const { checks } = await load(files, { DD_KUBELET_AUTH_TOKEN_PATH: '/token' })
    const kubelet = checks.find(({ name }) => name === 'kubelet')?.kubelet
    expect(kubelet).toEqual({ tokenPath: undefined })
  })

  test('several instances get ids of their own, which the order of keys does not change; a copy runs once', async () => {
    const yaml = 'instances:\n- {tags: [a], timeout: 5}\n- {timeout: 5, tags: [a]}\n- {}\n'
    const { checks, warnings } = await load({ [KUBELET]: yaml })
    const ids = checks.filter(({ name }) => name === 'kubelet').map(({ id }) => id)
    expect(ids).toEqual([
      expect.stringMatching(/^kubelet:[0-9a-f]{1,16}$/),
      expect.stringMatching(/^kubelet:/),
    ])
    expect(ids[0]).not.toBe(ids[1])
    expect(warnings).toEqual([`${KUBELET}: an instance of kubelet is there twice`])
  })

  test('wrong values name the key, the file and the line, and the check does not run', async () => {
    const yaml = `instances:
  - ssl_verify: maybe
    tls_verify: true
    min_collection_interval: -1
    bearer_token_auth: always
    labels_mapper: { a: 1 }
    timeout: 0
    check_tag_cardinality: all
  - text
`
    const { checks, checkFaults } = await load({ [KUBELET]: yaml })
    expect(checks.map(({ name }) => name)).toEqual(['container'])
    expect(checkFaults.map(({ fault }) => fault.replace(`${KUBELET}:`, ''))).toEqual([
      '4: min_collection_interval: must be a number of seconds, at most 86400, not -1',
      '5: bearer_token_auth: must be true or false or tls_only, not "always"',
      '2: ssl_verify: must be true or false, not "maybe"',
      '7: timeout: must be more than 0 seconds',
      '6: labels_mapper: must be a map of labels to names: a is 1',
      '8: check_tag_cardinality: must be low, orchestrator or high, not "all"',
      '9: instances[1]: must be a map, not "text"',
    ])
  })

  test('unknown keys and keys of the Python check are warned of', async () => {
    const yaml =
      'instances:\n  - bearer_token_aut: true\n    cadvisor_port: 0\n    name: x\n    enabled_rates: ["(", "cpu"]\n'
    const { warnings } = await load({ [KUBELET]: yaml })
    expect(warnings).toEqual([
      `${KUBELET}:5: enabled_rates is no regular expression and is left out: (`,
      `${KUBELET}:3: cadvisor_port has no effect in this agent`,
      `${KUBELET}:4: name has no effect in this agent`,
      `${KUBELET}:2: Unknown key in config file: bearer_token_aut (did you mean bearer_token_auth?)`,
    ])
  })

  test.each([['instances: []'], [''], ['init_config: {}'], ['instances: 3']])(
    '%j is no configuration of instances',
    async (yaml) => {
      const { checkFaults, checks } = await load({ [KUBELET]: yaml })
      expect(checkFaults).toHaveLength(1)
      expect(checks).toHaveLength(1)
    },
  )

  test('all files of a check count, its default only when there is no other, those of other checks are named', async () => {
    const folder = `${CONFIG_DIR}/conf.d`
    const { checks, warnings } = await load({
      [`${folder}/kubelet.d/a.yaml`]: 'instances: [{tags: [a]}]',
      [`${folder}/kubelet.d/b.yml`]: 'instances: [{tags: [b]}]',
      [`${folder}/kubelet.d/conf.yaml.default`]: 'instances: [{tags: [c]}]',
      [`${folder}/kubelet.d/conf.yaml.example`]: 'nothing: [',
      [`${folder}/kubelet.d/..data/conf.yaml`]: 'nothing: [',
      [`${folder}/container.yaml`]: 'instances: [{tags: [d]}]',
      [`${folder}/nginx.d/conf.yaml`]: 'instances: [{}]',
      [`${folder}/cpu.d/conf.yaml.default`]: 'instances: [{}]',
    })
    expect(checks.map(({ tags }) => tags)).toEqual([['d'], ['a'], ['b']])
    expect(warnings).toEqual([`${folder}/nginx.d/conf.yaml: there is no check nginx in this agent`])
  })
})

describe('agent configcheck', () => {
  test('shows each instance with its id and its file, and no secret', async () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
    const yaml = `
ad_identifiers: [_kubelet]
instances:
  - tags: ["team:a"]
    password: hunter2
    api_key: ${KEY}
    url: https://user:hunter2@host/?token=hunter2
    note: Bearer ${jwt}
    bearer_token_path: /kubelet-token
`
    const env = containerWith(
      { [KUBELET]: yaml, [YAML]: `api_key: ${KEY}` },
      { DD_APP_KEY: 'hunter2' },
    )
    const { text, exitCode } = await configCheck({ env, verbose: true })
    expect(exitCode).toBe(0)
    expect(text).toContain(`
=== kubelet check ===
Configuration provider: file
Configuration source: file:${KUBELET}
Config for instance ID: kubelet
tags:
  - team:a
password: "********"
api_key: "***************************bcdef"
url: https://user:********@host/?token=********
note: Bearer ********
bearer_token_path: /kubelet-token
~
Auto-discovery IDs:
* _kubelet
===
`)
    expect(text).toContain(`api_key (${YAML}:1): ***************************bcdef`)
    const json = await configCheck({ env, verbose: true, json: true })
    for (const secret of ['hunter2', KEY, jwt]) expect(text + json.text).not.toContain(secret)
    expect(JSON.parse(json.text)).toMatchObject({ configs: [{}, { instance_id: 'kubelet' }] })
  })

  test('says what is wrong first, and ends with 1', async () => {
    const env = containerWith(
      { [KUBELET]: 'instances: [{timeout: long}]' },
      { DD_SITE: 'a b', DD_API_KEY: KEY, DD_DD_URL: 'http://127.0.0.1:1' },
    )
    const { text, exitCode } = await configCheck({ env })
    expect(exitCode).toBe(1)
    expect(text).toContain(
      `=== Configuration errors ===\n\nagent: the agent's sinks: DD_SITE is no host name: a b\n`,
    )
    expect(text).toContain(
      `kubelet: ${KUBELET}:1: timeout: must be a number of seconds, at most 86400, not "long"`,
    )
    expect(text).not.toContain('=== kubelet check ===')
    expect((await configCheck({ env, check: 'kubelet' })).text).not.toContain('DD_SITE')
    expect(await configCheck({ env, check: 'nginx' })).toMatchObject({ exitCode: 255 })
  })
})
