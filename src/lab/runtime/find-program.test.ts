import { expect, test } from 'vitest'
import { missingProgram } from './find-program.ts'

const look = (wanted: string, real = wanted): ReturnType<typeof missingProgram> =>
  missingProgram(wanted, real, '/nowhere:/bin', '/')

// The words are those of Docker and runc below a real kubelet.
test.each([
  ['sh', undefined],
  ['/bin/sh', undefined],
  ['bin/sh', undefined],
  [
    '/no/such/program',
    {
      why: 'exec: "/no/such/program": stat /no/such/program: no such file or directory',
      exitCode: 127,
    },
  ],
  [
    'nosuchprogram',
    { why: 'exec: "nosuchprogram": executable file not found in $PATH', exitCode: 127 },
  ],
  ['', { why: 'exec: "": executable file not found in $PATH', exitCode: 127 }],
  ['/etc/passwd', { why: 'exec: "/etc/passwd": permission denied', exitCode: 126 }],
  ['/etc', { why: 'exec: "/etc": permission denied', exitCode: 126 }],
])('%s', (wanted, expected) => {
  expect(look(wanted)).toEqual(expected)
})

test('it is named as it was asked for, not by its place on the machine', () => {
  expect(look('/v/run', '/somewhere/else/run')?.why).toContain('stat /v/run: no such file')
})
