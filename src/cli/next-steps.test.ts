import { expect, test } from 'vitest'
import { STAND_IN_FOLDER } from './lab-look.ts'
import { nextSteps, programOf } from './next-steps.ts'

const env = { PATH: '/usr/bin:/bin' }

test.each([
  ['npm start', '/src/sublet/bin/sublet.js', '/src/sublet', env, 'node bin/sublet.js'],
  ['a path', 'bin/sublet.js', '/src/sublet', env, 'node bin/sublet.js'],
  [
    'from elsewhere',
    '/src/sublet/bin/sublet.js',
    '/home/me',
    env,
    'node /src/sublet/bin/sublet.js',
  ],
  [
    'npm start from elsewhere',
    '/src/sublet/bin/sublet.js',
    '/src/sublet',
    { ...env, INIT_CWD: '/src/sublet/docs' },
    'node /src/sublet/bin/sublet.js',
  ],
  ['an odd folder', '/my files/bin/sublet.js', '/', env, "node 'my files/bin/sublet.js'"],
  ['npx', '/a/node_modules/.bin/sublet', '/a', env, 'npx sublet'],
  ['installed', '/usr/local/bin/sublet', '/a', env, 'sublet'],
  [
    'after lab env',
    '/src/sublet/bin/sublet.js',
    '/home/me',
    { PATH: `${STAND_IN_FOLDER}:/usr/bin` },
    'sublet',
  ],
])('the program is called again as it was: %s', (_name, script, folder, environment, expected) => {
  expect(programOf({ script, folder, env: environment })).toBe(expected)
})

test('the next steps fit 80 columns, and each of another folder names it once', () => {
  const call = { script: '/src/sublet/bin/sublet.js', folder: '/src/sublet', env }
  const widths = nextSteps(undefined, call)
    .split('\n')
    .map((line) => line.length)
  expect(Math.max(...widths)).toBeLessThanOrEqual(80)
  expect(nextSteps('/my labs', call)).toContain(
    `eval "$(node bin/sublet.js lab env --state-dir '/my labs')"`,
  )
})
