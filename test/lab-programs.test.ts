import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeServer, listen } from '../src/core/index.ts'
import { createAuthority } from '../src/kube/index.ts'
import { afterwards } from './helpers/lab-folder.ts'

/** The programs of containers, started by themselves: whatever becomes of their start, they end when they should. */

const PROGRAM = fileURLToPath(new URL('../bin/sublet.js', import.meta.url))

/** A host that takes connections and never answers. */
const silent = createServer(() => silentHeard())
let silentHeard = (): void => undefined
let port: number
beforeAll(async () => {
  port = await listen(silent, { address: '127.0.0.1', port: 0 }, 'a silent host')
})
afterAll(() => closeServer(silent))

/** Its standard input stays open, as the lab's runtime holds it. */
function start(program: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'lab', program], {
    env: { PATH: process.env['PATH'], SUBLET_EXIT_WITH_STDIN: '1', ...env },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const kill = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error('it did not end'))
    }, 8000)
    child.once('close', (code) => {
      clearTimeout(kill)
      resolve(code)
    })
  })

test.each(['vcluster', 'metrics-server'])(
  'a %s whose start fails ends, though its standard input is held open',
  async (program) => {
    expect(await ended(start(program, {}))).not.toBe(0)
  },
)

test('a vcluster that is told to end while it waits for its host ends', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sl-'))
  afterwards(() => rmSync(root, { recursive: true }))
  const account = join(root, 'var/run/secrets/kubernetes.io/serviceaccount')
  mkdirSync(account, { recursive: true })
  const { certPem } = await createAuthority('host')
  writeFileSync(join(account, 'ca.crt'), certPem)
  writeFileSync(join(account, 'token'), 'x')
  writeFileSync(join(account, 'namespace'), 'team')
  const asked = new Promise<void>((resolve) => (silentHeard = resolve))
  const child = start('vcluster', {
    VCLUSTER_NAME: 'a',
    POD_IP: '127.0.0.1',
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: String(port),
    SUBLET_CONTAINER_ROOT: root,
  })
  const end = ended(child)
  await Promise.race([asked, end])
  child.kill('SIGTERM')
  expect(await end).toBe(0)
})
