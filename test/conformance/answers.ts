import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { differenceOf } from './differs.ts'
import type { Target } from './target.ts'

/**
 * What both targets must answer, a file per area: `answers/AREA.json` holds each case's answer by its title, as a real
 * cluster gave it. A case that `differs.ts` names has one answer per target, and a reason there.
 *
 * `SUBLET_CONFORMANCE_RECORD=real` (or `lab`) writes that target's answers instead of comparing them: read the
 * difference before you commit it. `SUBLET_CONFORMANCE_ANSWERS` names another folder for them.
 */
export interface Answers {
  /** Compares the answer (plain data, without what is new in every run) with the recorded one. */
  check(target: Target, title: string, answer: unknown): void
}

type Recorded = Record<string, unknown>

export function answersOf(area: string): Answers {
  const { SUBLET_CONFORMANCE_RECORD: recording, SUBLET_CONFORMANCE_ANSWERS: elsewhere } =
    process.env
  const folder =
    elsewhere === undefined ? new URL('answers/', import.meta.url) : pathToFileURL(`${elsewhere}/`)
  const file = new URL(`${area}.json`, folder)
  const read = (): Recorded =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : {}
  return {
    check({ facts: { name } }, title, answer) {
      const found: unknown = answer === undefined ? null : JSON.parse(JSON.stringify(answer))
      const differs = differenceOf(area, title) !== undefined
      const recorded = read()
      if (recording === name) {
        const other = differs ? { ...(recorded[title] as object | undefined) } : undefined
        recorded[title] = other === undefined ? found : { ...other, [name]: found }
        writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`)
        return
      }
      expect(Object.keys(recorded), 'recorded titles').toContain(title)
      const wanted = recorded[title]
      expect(found).toEqual(differs ? (wanted as Recorded)[name] : wanted)
    },
  }
}
