import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERRORS } from '../src/core/index.ts'
import { MEANINGS } from '../src/doctor/index.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('every error code has its section in docs/errors.md, and no section is of a code that is gone', () => {
  const sections = [...read('docs/errors.md').matchAll(/^## (E_\w+)$/gm)].map((match) => match[1])
  expect(sections.toSorted()).toEqual(Object.keys(ERRORS).toSorted())
})

test('the version in package.json has an entry in the changelog', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## ${version}\\b`, 'm'))
})

test('every kind of finding is in docs/doctor.md, and none that is gone', () => {
  const rows = [...read('docs/doctor.md').matchAll(/^\| `([a-z-]+)`/gm)].map((match) => match[1])
  expect(rows.toSorted()).toEqual(Object.keys(MEANINGS).toSorted())
})
