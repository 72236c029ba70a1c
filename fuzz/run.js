// Compiles the fuzzer (and what it tries) into node_modules/.cache and runs it with the arguments given.
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}node_modules/.cache/sublet-fuzz`
const run = (...args) => {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
run('node_modules/typescript/bin/tsc', '-p', 'fuzz/tsconfig.json')
cpSync(`${root}package.json`, `${out}/package.json`)
run(`${out}/fuzz/fuzz.js`, ...process.argv.slice(2))
