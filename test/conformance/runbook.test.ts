import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ReplayReport } from '../../src/lab/replay/index.ts'
import { hasKubectl } from '../helpers/kubectl.ts'
import { labFolder, processesOf } from '../helpers/lab-folder.ts'
import { runSublet } from '../helpers/run-sublet.ts'

/** The shipped runbook, with the real kubectl, on a lab of its own: what it finds there must be what a real cluster has. */

const RUNBOOK = 'docs/runbooks/nil-stats.md'

/** What the commands that begin so have printed. */
const outputs = ({ steps }: ReplayReport, beginning: string): string[] =>
  steps.flatMap(({ commands }) =>
    commands.filter(({ command }) => command.startsWith(beginning)).map(({ output }) => output),
  )

test.runIf(hasKubectl())(
  'the runbook on nil stats runs as it is written',
  async () => {
    const dir = labFolder()
    const end = await runSublet(['lab', 'replay', RUNBOOK, '--json', '--state-dir', dir])
    expect(end.stdout, end.stderr).toMatch(/^\{/)
    const report = JSON.parse(end.stdout) as ReplayReport
    const all = report.steps.flatMap(({ commands }) => commands)
    expect(all.filter(({ status }) => status === 'failed')).toEqual([])
    expect([report.ok, end.code]).toEqual([true, 0])
    expect(all.filter(({ status }) => status === 'skipped')).toHaveLength(3)

    const [before = '', after = ''] = outputs(report, 'cat status.txt')
    expect(before).toContain('kubelet [WARNING]')
    expect(before).toContain('unexpected status code 401')
    expect(after).toContain('kubelet [OK]')
    expect(after).toContain('Service Checks: Last Run: 4')
    const samples = Number(/Metric Samples: Last Run: (\d+)/.exec(after)?.[1])
    expect(samples).toBeGreaterThanOrEqual(600)

    const [refused, answered] = outputs(
      report,
      'kubectl exec -n datadog "$POD" -c agent -- /bin/bash',
    )
    expect(refused?.trim()).toBe('Unauthorized')
    expect(answered).toContain('"nodeName": "minikube"')
    expect(all.flatMap(({ replaced }) => replaced.map(({ from }) => from))).toEqual([
      '172.17.0.2:10250',
    ])
    expect(existsSync(dir)).toBe(false)
    expect(processesOf(dir)).toEqual([])
  },
  300_000,
)
