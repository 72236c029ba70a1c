import { describe, expect, test } from 'vitest'
import { createInstallFinder } from './installs.ts'
import { replaceNodeAddresses } from './node-addresses.ts'
import { createOutputReader } from './output-reader.ts'
import { readRunbook } from './read-runbook.ts'
import { simpleCommands } from './simple-commands.ts'
import { splitCommands } from './split-commands.ts'

describe('a runbook', () => {
  test('gives its bash blocks and the files that it says to create, with headings and lines', () => {
    const markdown = [
      '# Start',
      '```bash',
      'a=1',
      '```',
      '## Values, `really`',
      '- Create `values.yaml`:',
      '',
      '  ```yaml',
      '  x: 1',
      '  ```',
      '',
      'It prints `out.yaml`:',
      '',
      '```yaml',
      'y: 2',
      '```',
      '```console',
      '$ no',
      '```',
      '> ```sh',
      '> ls',
      '> ```',
    ].join('\n')
    expect(readRunbook(markdown)).toEqual([
      { kind: 'commands', heading: 'Start', line: 3, content: 'a=1' },
      { kind: 'file', path: 'values.yaml', heading: 'Values, really', line: 9, content: 'x: 1' },
      { kind: 'commands', heading: 'Values, really', line: 21, content: 'ls' },
    ])
  })

  test.each(['/etc/cron.d/x.yaml', '../x.yaml', 'a/../../x.yaml', '~/x.yaml'])(
    'writes no file outside of its folder: %s',
    (path) => expect(readRunbook(`Create \`${path}\`:\n\n\`\`\`yaml\na: 1\n\`\`\``)).toEqual([]),
  )
})

describe('a block of commands', () => {
  test('is split where a command begins a line; here-documents stay whole', async () => {
    const block =
      'echo "é€"\ncat <<EOF | grep a\na;b\nEOF\nx=1; y=2\nif true; then\n  ls\nfi\n# end\n'
    expect(await splitCommands(block, 10)).toEqual([
      { text: 'echo "é€"', line: 1 },
      { text: 'cat <<EOF | grep a\na;b\nEOF', line: 2 },
      { text: 'x=1; y=2', line: 5 },
      { text: 'if true; then\n  ls\nfi\n# end', line: 6 },
    ])
  })

  test('that is no shell is refused with its line', async () => {
    await expect(splitCommands('true\nif true; then\n', 7)).rejects.toThrow(/^line 8: /)
  })
})

test('words are read without quotes, comments and here-documents', () => {
  const text =
    'a=1 curl -s "x y" \\\n  | tar x # brew install\ncat <<EOF && ls\nbrew install z\nEOF'
  expect(simpleCommands(text)).toEqual([
    { words: ['a=1', 'curl', '-s', 'x y'], pipesOn: true },
    { words: ['tar', 'x'], pipesOn: false },
    { words: ['cat', '<<EOF'], pipesOn: false },
    { words: ['ls'], pipesOn: false },
  ])
})

describe('what installs or downloads tools', () => {
  test.each([
    'brew install minikube',
    'sudo apt-get update && sudo apt-get install -y jq',
    'curl -LO https://dl.k8s.io/kubectl',
    'curl -sL -o kubectl "https://dl.k8s.io/kubectl"',
    'curl -s https://get.helm.sh | sudo bash',
    'wget https://example.com/x.tgz',
    'sudo install -m 0755 x /usr/local/bin/x',
    'sudo mv ./x /usr/local/bin/',
    'pip install datadog',
  ])('is found: %s', (command) => expect(createInstallFinder().find(command)).toBeDefined())

  test.each([
    'curl -sSk https://172.17.0.2:10250/healthz',
    'curl -o out.json https://127.0.0.1:10250/pods',
    'helm install a datadog/datadog',
    'kubectl exec a -- /bin/bash -c "brew install x"',
    'cp a.yaml b.yaml',
    'npm run apply',
    'cat <<EOF\nbrew install x\nEOF',
  ])('is not: %s', (command) => expect(createInstallFinder().find(command)).toBeUndefined())

  test('goes on with what works on a file that was not downloaded', () => {
    const finder = createInstallFinder()
    expect(finder.find('curl -LO https://dl.k8s.io/kubectl')).toBe('downloads a file')
    expect(finder.find('chmod +x ./kubectl')).toBe('works on a file that was not downloaded')
    expect(finder.find('kubectl-x get pods')).toBeUndefined()
  })
})

test('private addresses with a node’s port become the lab’s; all others stay', () => {
  const text =
    'curl 172.17.0.2:10250/a 192.168.49.2:8443 127.0.0.1:10250 172.17.0.2:80 8.8.8.8:10250 172.17.0.2:10250'
  expect(replaceNodeAddresses(text, '127.9.0.1')).toEqual({
    text: 'curl 127.9.0.1:10250/a 127.9.0.1:8443 127.0.0.1:10250 172.17.0.2:80 8.8.8.8:10250 127.9.0.1:10250',
    replaced: [
      { from: '172.17.0.2:10250', to: '127.9.0.1:10250' },
      { from: '192.168.49.2:8443', to: '127.9.0.1:8443' },
    ],
  })
})

test('the mark that ends a command’s output is found across chunks and never shown', async () => {
  const shown: string[] = []
  const reader = createOutputReader('mark', (text) => shown.push(text))
  for (const byte of Buffer.from('one\ntwo é\u001emark 3\nlater')) reader.take(Buffer.from([byte]))
  expect(await reader.told).toBe(3)
  expect(shown).toEqual(['one\n', 'two é'])
  expect(reader.output()).toBe('one\ntwo é')
})
