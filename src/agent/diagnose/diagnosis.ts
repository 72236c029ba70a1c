import type { AgentStatus } from '../agent-status.ts'
import type { LoadedConfig } from '../config/read-config.ts'
import type { Env } from '../config.ts'

/** The Agent's words; SKIPPED is what is not configured, and shown with `--verbose` only. */
export type Verdict = 'PASS' | 'FAIL' | 'WARNING' | 'UNEXPECTED ERROR' | 'SKIPPED'

/** One finding. No text holds a secret: what looks like one is taken out before it is printed. */
export interface Diagnosis {
  readonly verdict: Verdict
  readonly name: string
  readonly diagnosis: string
  /** What to do next. */
  readonly remediation?: string
  readonly rawError?: string
}

export interface Suite {
  readonly name: string
  /** What the suite looks at, for `--list`. */
  readonly about: string
  readonly diagnose: (run: DiagnoseRun) => Promise<readonly Diagnosis[]>
}

/** What all suites work with. */
export interface DiagnoseRun {
  readonly env: Env
  readonly loaded: LoadedConfig
  /** Of the agent that runs in this container; undefined: none answers. */
  readonly status: AgentStatus | undefined
  readonly signal: AbortSignal
  readonly now: () => number
}

export const pass = (name: string, diagnosis: string): Diagnosis => ({
  verdict: 'PASS',
  name,
  diagnosis,
})

export const skipped = (name: string, diagnosis: string): Diagnosis => ({
  verdict: 'SKIPPED',
  name,
  diagnosis,
})

/** What went wrong, what to do, and the error as it came. */
export function trouble(
  verdict: 'FAIL' | 'WARNING',
  name: string,
  diagnosis: string,
  more: { readonly remediation?: string; readonly rawError?: string } = {},
): Diagnosis {
  return { verdict, name, diagnosis, ...more }
}
