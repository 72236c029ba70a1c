// Compiles the benchmarks (and what they measure) into node_modules/.cache and runs them.
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}node_modules/.cache/sublet-bench`
const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
run('node_modules/typescript/bin/tsc', '-p', 'bench/tsconfig.json')
cpSync(`${root}package.json`, `${out}/package.json`)
cpSync(`${root}test/fixtures/minikube-1.34`, `${out}/test/fixtures/minikube-1.34`, {
  recursive: true,
})
run(`${out}/bench/slice-cadvisor.js`)
run(`${out}/bench/serve.js`)
