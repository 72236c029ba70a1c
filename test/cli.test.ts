import { expect, test } from 'vitest'
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
  [['slice', '--endpoint', 'secrets', '--tenant', 'a', '--pods', 'x'], 2],
])('sublet %j ends with exit code %i', async (argv, code) => {
  const end = await runSublet(argv)
  expect(end.code, end.stderr).toBe(code)
  if (code === 2) expect(end.stderr).not.toMatch(/^\s+at /m)
})

test('every command that people use is in the help, the lab’s own are not', async () => {
  const { stdout } = await runSublet(['lab', '--help'])
  for (const name of ['up', 'status', 'env', 'compare', 'down'])
    expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  for (const hidden of ['daemon', 'witness']) expect(stdout).not.toContain(hidden)
})

test('manifests of the gateway are YAML that grants no nodes/proxy', async () => {
  const { code, stdout } = await runSublet(['manifests', 'gateway', '--vcluster', 'k8s1'])
  expect(code).toBe(0)
  expect(stdout).toContain('kind: DaemonSet')
  expect(stdout).not.toContain('nodes/proxy')
})
