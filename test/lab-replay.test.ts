import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { runStandIn } from '../src/cli/run-stand-in.ts'
import { waitFor } from '../src/core/index.ts'
import type { ReplayReport } from '../src/lab/replay/index.ts'
import { afterwards, labFolder } from './helpers/lab-folder.ts'
import { runSublet, startSublet } from './helpers/run-sublet.ts'

/** `lab replay`: what becomes of runbooks that fail. (The shipped one is replayed in `test/conformance/runbook.test.ts`.) */

function markdown(...blocks: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sublet-runbook-'))
  afterwards(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'runbook.md')
  writeFileSync(file, blocks.map((block) => `\`\`\`bash\n${block}\n\`\`\``).join('\n\n'))
  return file
}

async function replay(
  dir: string,
  ...argv: string[]
): Promise<ReplayReport & { readonly code: number | null }> {
  const end = await runSublet(['lab', 'replay', ...argv, '--json', '--state-dir', dir])
  expect(end.stdout, end.stderr).toMatch(/^\{/)
  return { ...(JSON.parse(end.stdout) as ReplayReport), code: end.code }
}

test('variables, functions, options and files stay; a failure stops it and says where', async () => {
  const file = markdown(
    'greet() { echo "hello $1"; }\nNAME=you',
    'brew install kubectl\n[ -f nowhere ] && true\ngreet "$NAME" > greeting\ncat greeting',
    'set +e\nfalse\nset -e\nprintf "$SUBLET_RUNTIME"\nkubectl() { return 3; }\nkubectl get pods\necho never',
    'echo never',
  )
  const report = await replay(labFolder(), file, '--runtime', 'process')
  expect(report).toMatchObject({ ok: false, code: 1, folder: null })
  expect(report.steps.map(({ status }) => status)).toEqual(['ok', 'ok', 'failed', 'not-run'])
  const rows = report.steps.flatMap(({ commands }) =>
    commands.map(({ line, status, exitCode, output }) => [line, status, exitCode, output]),
  )
  expect(rows).toEqual([
    [2, 'ok', 0, ''],
    [3, 'ok', 0, ''],
    [7, 'skipped', null, ''],
    [8, 'ok', 1, ''],
    [9, 'ok', 0, ''],
    [10, 'ok', 0, 'hello you\n'],
    [14, 'ok', 0, ''],
    [15, 'ok', 1, ''],
    [16, 'ok', 0, ''],
    [17, 'ok', 0, 'process'],
    [18, 'ok', 0, ''],
    [19, 'failed', 3, ''],
  ])
})

test('a command that does not end is ended, with what it left in the background', async () => {
  const file = markdown('sleep 4242 &\necho $!', 'sleep 4343')
  const report = await replay(labFolder(), file, '--timeout', '1')
  const [, second] = report.steps
  expect(second?.commands[0]).toMatchObject({ status: 'failed', exitCode: 124 })
  expect(second?.commands[0]?.why).toContain('did not end within 1 s')
  expect(existsSync(`/proc/${report.steps[0]?.commands[1]?.output.trim()}`)).toBe(false)
})

test('Ctrl-C ends the runbook and what it has started', async () => {
  const own = mkdtempSync(join(tmpdir(), 'sublet-own-'))
  afterwards(() => rmSync(own, { recursive: true, force: true }))
  const pidFile = join(own, 'pid')
  const file = markdown(`sleep 4444 & echo $! > ${pidFile}; wait`)
  const { child, finished } = startSublet(['lab', 'replay', file, '--state-dir', labFolder()], {
    env: { TMPDIR: own },
  })
  const pid = await waitFor(
    'the runbook’s process',
    () => (existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim()) || undefined,
    { timeoutMs: 20_000, intervalMs: 20 },
  )
  child.kill('SIGINT')
  expect((await finished).code).toBe(130)
  expect(existsSync(`/proc/${pid}`)).toBe(false)
  expect(readdirSync(own)).toEqual(['pid'])
})

test.each([
  [['minikube', 'start', '--gpus=all'], "unknown option '--gpus=all'"],
  [['minikube', 'start', '-p', 'other'], 'does not know a profile other'],
  [['vcluster', 'pause', 'k8s1'], 'does not know `vcluster pause`'],
  [['helm', 'install', 'a', 'bitnami/nginx'], 'does not know the chart bitnami/nginx'],
  [['helm', 'repo', 'add', 'datadog', 'no-address'], 'does not know a repository datadog'],
  [['helm', 'rollback', 'a'], "unknown command 'rollback'"],
])('the stand-in refuses %j', async ([tool, ...argv], words) => {
  const hush = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  afterwards(() => hush.mockRestore())
  await expect(runStandIn(tool, argv)).rejects.toThrow(words)
})

test.each([
  [['minikube', 'status'], 85, 'not found'],
  [['minikube', 'stop'], 85, 'not found'],
  [['vcluster', 'disconnect'], 1, 'E_LAB_NOT_RUNNING'],
  [['helm', 'list'], 1, 'E_LAB_NOT_RUNNING'],
])('without a lab %j says so, and makes nothing', async (argv, code, words) => {
  const dir = join(tmpdir(), `sublet-none-${process.pid}`)
  const env = { SUBLET_STATE_DIR: dir, KUBECONFIG: undefined }
  const end = await runSublet(['stand-in', ...argv], { env })
  expect(end.code).toBe(code)
  expect(end.stdout + end.stderr).toContain(words)
  expect(existsSync(dir)).toBe(false)
})
