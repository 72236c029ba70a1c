// Compiles the benchmarks (and what they measure) into node_modules/.cache and runs them.
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}node_modules/.cache/sublet-bench`
const runWith = (stdio, ...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio })
  if (status !== 0) process.exit(status ?? 1)
}
const run = (...args) => runWith('inherit', ...args)
run('node_modules/typescript/bin/tsc', '-p', 'bench/tsconfig.json')
cpSync(`${root}package.json`, `${out}/package.json`)
for (const fixture of ['minikube-1.34', 'vcluster-node']) {
  const path = `test/fixtures/${fixture}`
  cpSync(`${root}${path}`, `${out}/${path}`, { recursive: true })
}
run(`${out}/bench/slice-cadvisor.js`)
run(`${out}/bench/agent-check.js`)
run(`${out}/bench/serve.js`)
run(`${out}/bench/apiserver.js`)
// The program itself, as its users start it; without the list of its files.
runWith(['inherit', 'ignore', 'inherit'], 'node_modules/rolldown/bin/cli.mjs', '--config')
run(`${out}/bench/lab-up.js`)
