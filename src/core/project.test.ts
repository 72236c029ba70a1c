import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT_FOLDER, SUBLET_PROGRAM, readVersion } from './project.ts'

test('the project is found from a source, with its program and its version', () => {
  expect(PROJECT_FOLDER).toBe(join(import.meta.dirname, '../..'))
  expect(existsSync(SUBLET_PROGRAM)).toBe(true)
  const manifest = readFileSync(join(PROJECT_FOLDER, 'package.json'), 'utf8')
  expect(readVersion()).toBe((JSON.parse(manifest) as { version: string }).version)
})
