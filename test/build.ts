import { spawnSync } from 'node:child_process'

/** The suites in `test/` start the program as its users do, from `dist/`: build it once per run. */
export default function buildOnce(): void {
  const tsc = spawnSync(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    { stdio: 'inherit' },
  )
  if (tsc.status !== 0) throw new Error('the build failed: see the compiler messages above')
}
