import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { runSublet } from './helpers/run-sublet.ts'

test.each([
  [['--help'], 0],
  [['--version'], 0],
  [['lab', '--help'], 0],
  [['lab', 'compare', '--help'], 0],
  [['no-such-command'], 2],
  [['lab', 'up', '--no-such-flag'], 2],
  [['gateway'], 2],
  [['lab', 'compare', '--remedies', 'prayer'], 2],
  [['lab', 'up', '--vclusters', 'Not A Name'], 2],
  [['manifests', 'gateway', '--vcluster', 'x; reboot'], 2],
  [['manifests', 'gateway', '--vcluster', 'x', '--namespace', 'a/b'], 2],
  [['slice', '--endpoint', 'secrets', '--tenant', 'a', '--pods', 'x'], 2],
])('sublet %j ends with exit code %i', async (argv, code) => {
  const end = await runSublet(argv)
  expect(end.code, end.stderr).toBe(code)
  if (code === 2) expect(end.stderr).not.toMatch(/^\s+at /m)
})

test('wrong usage of a command points at the help of that very command', async () => {
  const { stderr } = await runSublet(['lab', 'replay'])
  expect(stderr).toContain('(see sublet lab replay --help)')
})

test('every command that people use is in the help, the lab’s own are not', async () => {
  const { stdout } = await runSublet(['lab', '--help'])
  for (const name of ['up', 'status', 'env', 'compare', 'replay', 'down'])
    expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  for (const hidden of ['daemon', 'witness']) expect(stdout).not.toContain(hidden)
})

/** The documents of a YAML stream. */
function documentsOf(text: string): Record<string, unknown>[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Record<string, unknown> | null)
    .filter((document) => document !== null)
}

test.each(['none', 'token-override', 'token-path', 'host-agent', 'runtime', 'gateway'])(
  'all of remedy %s is a YAML stream',
  async (id) => {
    const { code, stdout } = await runSublet(['manifests', id, '--vcluster', 'k8s1'])
    expect(code).toBe(0)
    for (const document of parseAllDocuments(stdout)) expect(document.errors).toEqual([])
  },
)

test('the host side of the gateway’s manifests grants no nodes/proxy', async () => {
  const { stdout } = await runSublet([
    'manifests',
    'gateway',
    '--vcluster',
    'k8s1',
    '--side',
    'host',
  ])
  const kinds = documentsOf(stdout).map((document) => document['kind'])
  expect(kinds).toEqual(expect.arrayContaining(['ClusterRole', 'ConfigMap', 'DaemonSet', 'Secret']))
  expect(stdout).not.toContain('nodes/proxy')
})

test('the gateway’s patch takes the runtime socket away by name', async () => {
  const { stdout } = await runSublet([
    'manifests',
    'gateway',
    '--vcluster',
    'k8s1',
    '--side',
    'patch',
  ])
  const [patch] = documentsOf(stdout)
  expect(patch).toMatchObject({
    spec: {
      template: {
        spec: {
          volumes: expect.arrayContaining([
            { name: 'runtimesocketdir', $patch: 'delete' },
          ]) as unknown,
        },
      },
    },
  })
})
