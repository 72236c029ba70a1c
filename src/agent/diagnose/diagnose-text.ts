import { scrubText } from '../config/scrub.ts'
import type { Diagnosis, Verdict } from './diagnosis.ts'

/** What came of one suite. */
export interface SuiteRun {
  readonly suite: string
  readonly diagnoses: readonly Diagnosis[]
}

/** The Agent's numbers of its verdicts; 4 is our own. Source: comp/core/diagnose/def */
const NUMBERS: Readonly<Record<Verdict, number>> = {
  PASS: 0,
  FAIL: 1,
  WARNING: 2,
  'UNEXPECTED ERROR': 3,
  SKIPPED: 4,
}

/** The Agent's words for them in the last line. */
const SUMMARY: readonly (readonly [verdict: Verdict, label: string, key: string])[] = [
  ['PASS', 'Success', 'success'],
  ['FAIL', 'Fail', 'fail'],
  ['WARNING', 'Warning', 'warnings'],
  ['UNEXPECTED ERROR', 'Error', 'unexpected_error'],
  ['SKIPPED', 'Skipped', 'skipped'],
]

/**
 * Suites with what is wrong in them; what is fine is a dot, and written out with `verbose`. Numbers count all of them.
 * Source: comp/core/diagnose/format
 */
export function diagnoseText(runs: readonly SuiteRun[], verbose: boolean): string {
  let text = '=== Starting diagnose ===\n'
  let index = 0
  let dots = false
  for (const { suite, diagnoses } of runs) {
    let isNamed = false
    for (const diagnosis of diagnoses) {
      index += 1
      if (!verbose && isQuiet(diagnosis)) {
        text += '.'
        dots = true
        continue
      }
      if (dots) text += '\n'
      dots = false
      if (!isNamed) text += `==============\nSuite: ${suite}\n`
      isNamed = true
      text += block(index, suite, diagnosis)
    }
  }
  return `${text}${dots ? '\n' : ''}-------------------------\n  ${summary(runs)}\n`
}

const isQuiet = ({ verdict }: Diagnosis): boolean => verdict === 'PASS' || verdict === 'SKIPPED'

function block(index: number, suite: string, found: Diagnosis): string {
  const { verdict, name, diagnosis, remediation, rawError } = found
  const lines = [
    `${index}. --------------`,
    `  ${verdict} [${suite}] ${name}`,
    `  Diagnosis: ${shown(diagnosis)}`,
    ...(remediation === undefined ? [] : [`  Remediation: ${shown(remediation)}`]),
    ...(rawError === undefined ? [] : [`  Error: ${shown(rawError)}`]),
  ]
  return lines.join('\n') + '\n\n'
}

/** One line without secrets, and short: an answer's body may be in it. */
function shown(text: string): string {
  const line = scrubText(text)
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .trim()
  return line.length > 600 ? `${line.slice(0, 600)}…` : line
}

function counts(runs: readonly SuiteRun[]): { total: number; of: (verdict: Verdict) => number } {
  const all = runs.flatMap(({ diagnoses }) => diagnoses)
  return {
    total: all.length,
    of: (wanted) => all.filter(({ verdict }) => verdict === wanted).length,
  }
}

function summary(runs: readonly SuiteRun[]): string {
  const { total, of } = counts(runs)
  const parts = SUMMARY.filter(([verdict]) => of(verdict) > 0).map(
    ([verdict, label]) => `${label}:${of(verdict)}`,
  )
  return [`Total:${total}`, ...parts].join(', ')
}

/** The Agent's document: `runs` and `summary`, kinds that did not occur left out. */
export function diagnoseJson(runs: readonly SuiteRun[]): string {
  const { total, of } = counts(runs)
  const document = {
    runs: runs.map(({ suite, diagnoses }) => ({
      suite_name: suite,
      diagnoses: diagnoses.map((found) => ({
        result: NUMBERS[found.verdict],
        name: found.name,
        diagnosis: shown(found.diagnosis),
        category: suite,
        ...(found.remediation === undefined ? {} : { remediation: shown(found.remediation) }),
        ...(found.rawError === undefined ? {} : { rawerror: shown(found.rawError) }),
        connectivity_result: found.verdict,
      })),
    })),
    summary: {
      total,
      ...Object.fromEntries(
        SUMMARY.filter(([verdict]) => of(verdict) > 0).map(([verdict, , key]) => [
          key,
          of(verdict),
        ]),
      ),
    },
  }
  return JSON.stringify(document, null, 2) + '\n'
}
