import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rewriteArgv } from './rewrite-argv.ts'

const pairs = [
  { containerPath: '/a', realPath: '/real/outer' },
  { containerPath: '/a/b', realPath: '/real/inner' },
  { containerPath: '/var/run/secrets', realPath: '/vol/token' },
]

describe('rewriteArgv', () => {
  it.each([
    ['cp /a/x /a/b/y', 'cp /real/outer/x /real/inner/y'],
    ['/a', '/real/outer'],
    ['/a/', '/real/outer/'],
    ['--file=/a/x', '--file=/real/outer/x'],
    ['PATH=/a:/a/b', 'PATH=/real/outer:/real/inner'],
    ['echo "${X:-/a}"; (ls /a)', 'echo "${X:-/a}"; (ls /real/outer)'],
    ['cat </a/x >"/a/b/y"', 'cat </real/outer/x >"/real/inner/y"'],
    ["echo '/var/run/secrets/token'", "echo '/vol/token/token'"],
  ])('places the real path in %s', (argument, expected) => {
    expect(rewriteArgv([argument], pairs)).toEqual([expected])
  })

  it.each([
    '/ab',
    '/a.txt',
    'x/a',
    '/x/a',
    '$HOME/a',
    './a',
    '/host/a',
    '/a-b',
    '[/a',
    '*/a',
    'https://h/a/x',
  ])('leaves %s alone', (argument) => {
    expect(rewriteArgv([argument], pairs)).toEqual([argument])
  })

  it('does not look at what it has written', () => {
    const loop = [
      { containerPath: '/a', realPath: '/tmp/a' },
      { containerPath: '/tmp', realPath: '/a' },
    ]
    expect(rewriteArgv(['/a /tmp'], loop)).toEqual(['/tmp/a /a'])
  })

  it('changes an argument only at mount paths, whatever the paths and the text are', () => {
    const name = fc.stringMatching(/^[a-z0-9.+*?()$-]{1,6}$/)
    const path = fc
      .array(name, { minLength: 1, maxLength: 3 })
      .map((names) => `/${names.join('/')}`)
    const text = fc.array(fc.oneof(path, fc.constantFrom(' ', '/', ':', '=', '"', 'x')))
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 4 }), text, (paths, words) => {
        const marked = paths.map((containerPath, index) => ({
          containerPath,
          realPath: `\u0001${index}\u0002`,
        }))
        const argument = words.join('')
        const [rewritten = ''] = rewriteArgv([argument], marked)
        const restored = rewritten.replaceAll(
          /\u0001(\d+)\u0002/g,
          (_, index: string) => paths[Number(index)] ?? '',
        )
        expect(restored).toBe(argument)
        for (const index of paths.keys()) {
          expect(rewritten).not.toMatch(new RegExp(`\u0001${index}\u0002[A-Za-z0-9_.-]`))
        }
      }),
    )
  })

  it('rewrites an argument that is a mount path and what lies below it, also with odd characters', () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_.+*?^$[\]{}\\-]{1,8}$/)
    fc.assert(
      fc.property(name, name, (mount, file) => {
        fc.pre(mount !== '.' && mount !== '..')
        const pair = { containerPath: `/${mount}`, realPath: '/real' }
        expect(rewriteArgv([`/${mount}/${file}`], [pair])).toEqual([`/real/${file}`])
      }),
    )
  })
})
