import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { ALIASES, ENV_ALIASES, KEYS, envNameOf } from './keys.ts'
import { OTHER_VARIABLES } from './other-keys.ts'
import { readConfig } from './read-config.ts'
import { scrub } from './scrub.ts'

const dir = mkdtempSync(join(tmpdir(), 'sublet-config-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('instances', 'tags', '[', '{', '- ', ': ', '&a', '*a', '<<', '!!set', '|', '"'),
  fc.constantFrom('__proto__', 'constructor', 'kubelet_tls_verify', '\t', '\n', '%YAML 9', '---'),
)
const yaml = fc.array(word, { maxLength: 30 }).map((words) => words.join(''))
const anyKey = fc.constantFrom(...Object.keys(KEYS), 'instances', 'init_config', 'constructor')
const anyJson = fc
  .dictionary(anyKey, fc.jsonValue(), { maxKeys: 8 })
  .map((map) => JSON.stringify(map))

test('whatever is in the files, reading ends with a configuration and with faults that are text', async () => {
  const file = join(dir, 'datadog.yaml')
  mkdirSync(join(dir, 'conf.d/kubelet.d'), { recursive: true })
  await fc.assert(
    fc.asyncProperty(fc.oneof(yaml, anyJson), fc.oneof(yaml, anyJson), async (own, check) => {
      writeFileSync(file, own)
      writeFileSync(join(dir, 'conf.d/kubelet.d/conf.yaml'), check)
      const { config, faults, warnings, checkFaults } = await readConfig({}, dir)
      expect(config.kubelet.httpsPort).toBeGreaterThanOrEqual(-1)
      const texts = [...faults, ...warnings, ...checkFaults.map(({ fault }) => fault)]
      for (const text of texts)
        expect(text.startsWith(dir) || text.startsWith('open '), text).toBe(true)
    }),
    { numRuns: 150 },
  )
})

test('what stands under a secret key, at any depth, is not in what is shown', () => {
  const key = fc.constantFrom(
    'api_key',
    'apiKey',
    'password',
    'auth_token',
    'client_secret',
    'token',
    'app_key',
  )
  fc.assert(
    fc.property(
      key,
      fc.jsonValue(),
      fc.array(fc.constantFrom('a', '0', 'tags')),
      (name, other, path) => {
        const hidden = {
          [name]: ['zq-hidden-1', { deep: 'zq-hidden-2', more: [other, 'zq-hidden-3'] }],
        }
        const value = path.reduce<unknown>((inner, step) => ({ [step]: [inner], x: other }), hidden)
        expect(JSON.stringify(scrub(value))).not.toContain('zq-hidden')
      },
    ),
  )
})

test('every DD_ variable that the agent reads is a known key, so that datadog.yaml may have it, and is in docs/agent.md', () => {
  const room = new URL('../', import.meta.url)
  const files = readdirSync(room, { recursive: true, encoding: 'utf8' })
  const read = new Set(
    files
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap(
        (file) => readFileSync(new URL(file, room), 'utf8').match(/(?<=')DD_\w+(?=')/g) ?? [],
      ),
  )
  const known = [
    ...Object.keys(KEYS).map(envNameOf),
    ...Object.keys(ENV_ALIASES),
    ...OTHER_VARIABLES,
  ]
  expect(
    [...read].filter((name) => !known.includes(name)),
    'add these to config/keys.ts',
  ).toEqual([])
  const page = readFileSync(new URL('../../docs/agent.md', room), 'utf8')
  const told = [...Object.keys(KEYS), ...Object.keys(ALIASES)].map(envNameOf)
  expect(
    told.filter((name) => !page.includes(name)),
    'missing in docs/agent.md',
  ).toEqual([])
})
