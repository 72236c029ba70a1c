import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether the real kubectl is here. */
export const hasKubectl = (): boolean =>
  spawnSync('kubectl', ['version', '--client'], { timeout: 20_000 }).status === 0

/** The real kubectl with a home and a kubeconfig of its own. */
export interface Kubectl extends AsyncDisposable {
  /** What it printed; throws what it complained about. `input` is its standard input. */
  (line: string, input?: string): Promise<string>
}

export async function createKubectl(kubeconfig: string): Promise<Kubectl> {
  const home = await mkdtemp(join(tmpdir(), 'sublet-kubectl-'))
  const config = join(home, 'config')
  await writeFile(config, kubeconfig, { mode: 0o600 })
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: config }
  const run = (line: string, input = ''): Promise<string> =>
    new Promise((resolve, reject) => {
      const options = { env, timeout: 30_000 }
      const child = execFile('kubectl', line.split(' '), options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout.trim())
        else reject(new Error(`kubectl ${line}: ${stderr}${stdout}`))
      })
      child.stdin?.end(input)
    })
  return Object.assign(run, {
    [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }),
  })
}
