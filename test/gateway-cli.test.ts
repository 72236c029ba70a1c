import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthority, createTokenKey, jwksOf } from '../src/kube/index.ts'
import { runSublet, startSublet } from './helpers/run-sublet.ts'

let dir = ''
let file = ''
const GOOD = `listen: 127.0.0.1:0
admin: 127.0.0.1:0
tls: { certFile: tls.crt, keyFile: tls.key }
kubelet: { url: 'https://127.0.0.1:1', nodeName: '\${TEST_NODE}', tokenFile: token, caFile: ca.crt }
tenants:
  - name: k8s1
    hostNamespaces: [vcluster-k8s1]
    api: { url: 'https://127.0.0.1:2', caFile: ca.crt }
    keys: { jwksFile: k8s1.jwks }
`
const env = { TEST_NODE: 'node-1' }

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sublet-gateway-cli-'))
  file = join(dir, 'gateway.yaml')
  const authority = await createAuthority('test')
  const serving = await authority.issueServing({ commonName: 'n', addresses: ['127.0.0.1'] })
  const jwks = JSON.stringify(jwksOf([await createTokenKey()]))
  const files = { 'tls.crt': serving.certPem, 'tls.key': serving.keyPem, token: 'host-token' }
  const others = { 'ca.crt': authority.certPem, 'k8s1.jwks': jwks, 'gateway.yaml': GOOD }
  for (const [name, text] of Object.entries({ ...files, ...others })) {
    await writeFile(join(dir, name), text)
  }
})
afterAll(() => rm(dir, { recursive: true }))

const check = (config: string, ...flags: string[]): ReturnType<typeof runSublet> =>
  runSublet(['gateway', 'check-config', '--config', config, ...flags], { env })

test('check-config ends with 0 for a good file', async () => {
  const { code, stdout } = await check(file)
  expect([code, stdout]).toEqual([0, `${file}: ok, 1 tenant(s) listed\n`])
})

test('check-config tells all faults at once, also as JSON, and ends with 1', async () => {
  const bad = join(dir, 'bad.yaml')
  await writeFile(bad, `${GOOD.replace('listen', 'lisen')}limits: { burst: 0 }\n`)
  const people = await check(bad)
  expect(people.code).toBe(1)
  expect(people.stdout).toMatch(/2 fault\(s\)\n {2}line 1: .*lisen.*\n {2}line 10: limits\.burst/)
  const { code, stdout } = await check(bad, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, faults: [{ line: 1 }, { line: 10 }] })
})

test('check-config looks at the files that are named, unless it is told not to', async () => {
  const bad = join(dir, 'files.yaml')
  const other = await createAuthority('other')
  const serving = await other.issueServing({ commonName: 'n', addresses: ['127.0.0.1'] })
  await writeFile(join(dir, 'other.key'), serving.keyPem)
  await writeFile(
    bad,
    GOOD.replace('tls.key', 'other.key').replace('k8s1.jwks', 'token').replace('token,', 'none,'),
  )
  const { code, stdout } = await check(bad)
  expect(code).toBe(1)
  expect(stdout).toContain('other.key is not the key of')
  expect(stdout).toContain('token is not JSON')
  expect(stdout).toContain('none cannot be read (ENOENT)')
  expect(stdout).not.toContain(serving.keyPem.slice(40, 80))
  expect((await check(bad, '--no-files')).code).toBe(0)
})

test('check-config of a file that is not there ends with 2, and so does a wrong flag', async () => {
  expect((await check(join(dir, 'no-such-file.yaml'))).code).toBe(2)
  expect((await check(file, '--no-such-flag')).code).toBe(2)
  expect((await runSublet(['gateway', 'check-config'])).code).toBe(2)
})

test('the help of the gateway has examples', async () => {
  const { code, stdout } = await runSublet(['gateway', '--help'])
  expect(code).toBe(0)
  for (const word of ['check-config', 'kill -HUP', '/readyz', 'Examples:']) {
    expect(stdout).toContain(word)
  }
})

test('SIGHUP reads the configuration again, a broken one is survived, SIGTERM ends with 0', async () => {
  const gateway = startSublet(['gateway', '--config', file], { env })
  await gateway.shown('the gateway answers')
  gateway.child.kill('SIGHUP')
  await gateway.shown('"why":"SIGHUP"')
  await writeFile(file, GOOD.replace('nodeName', 'nodeNaem'))
  gateway.child.kill('SIGHUP')
  await gateway.shown('the old one stays')
  await writeFile(file, GOOD)
  gateway.child.kill('SIGTERM')
  const { code, stderr } = await gateway.finished
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('draining')
  const lines = stderr.trimEnd().split('\n')
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ level: 30, msg: 'stopped' })
  expect(stderr).not.toContain(await readFile(join(dir, 'token'), 'utf8'))
})
