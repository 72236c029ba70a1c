import { expect, test } from 'vitest'
import type { Container, KubeClient, Volume } from '../kube/index.ts'
import { checkFilesOf, whatSwitchesOff } from './kubelet-check.ts'

const FOLDER = '/etc/datadog-agent/conf.d/kubelet.d'
const OFF = 'init_config:\ninstances: []\n'
const ON = 'init_config:\ninstances:\n  - bearer_token_auth: true\n'

const volumes = [
  { name: 'conf', configMap: { name: 'check' } },
  { name: 'some', configMap: { name: 'check', items: [{ key: 'off', path: 'conf.yaml' }] } },
  { name: 'disk', emptyDir: {} },
] as Volume[]

const container = (name: string, mountPath: string, subPath?: string): Container => ({
  name: 'agent',
  image: 'agent',
  volumeMounts: [{ name, mountPath, ...(subPath === undefined ? {} : { subPath }) }],
})

test.each([
  ['the folder', container('conf', FOLDER), [{ path: FOLDER, keys: undefined }]],
  ['the folder with a slash', container('conf', `${FOLDER}/`), [{ path: FOLDER, keys: undefined }]],
  ['chosen keys', container('some', FOLDER), [{ path: FOLDER, keys: ['off'] }]],
  ['one file', container('conf', `${FOLDER}/conf.yaml`, 'mine'), [{ keys: ['mine'] }]],
  ['one chosen file', container('some', `${FOLDER}/conf.yaml`, 'conf.yaml'), [{ keys: ['off'] }]],
  ['another check', container('conf', '/etc/datadog-agent/conf.d/disk.d'), []],
  ['another file', container('conf', `${FOLDER}/README.md`, 'mine'), []],
  ['another volume', container('disk', FOLDER), []],
])('the files of the kubelet check: %s', (_name, mounted, expected) => {
  expect(checkFilesOf(mounted, volumes)).toEqual(
    expected.map((each) => expect.objectContaining(each) as unknown),
  )
})

/** A client that has one ConfigMap. */
const having = (data: Readonly<Record<string, string>>): KubeClient =>
  ({ get: () => Promise.resolve({ data }) }) as unknown as KubeClient

test.each<[string, Readonly<Record<string, string>>, boolean]>([
  ['no instance', { 'conf.yaml': OFF }, true],
  ['an instance', { 'conf.yaml': ON }, false],
  ['an instance in one of two', { 'a.yaml': OFF, 'b.yml': ON }, false],
  ['no file at all', { 'README.md': 'x' }, true],
  ['an empty file', { 'conf.yaml': '' }, true],
  ['what is no map', { 'conf.yaml': '[]' }, true],
  ['what is no YAML', { 'conf.yaml': '"' }, false],
])('the check is switched off by a ConfigMap with %s: %j → %s', async (_name, data, isOff) => {
  const files = [{ configMap: 'check', path: FOLDER, keys: undefined }]
  const found = await whatSwitchesOff(having(data), 'datadog', files, new AbortController().signal)
  expect(found).toEqual(isOff ? files[0] : undefined)
})

test('without a ConfigMap of its own the check is the default one, and on', async () => {
  const { signal } = new AbortController()
  expect(await whatSwitchesOff(having({}), 'datadog', [], signal)).toBeUndefined()
})
