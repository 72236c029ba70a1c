import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { SlowestFirst } from './test/slowest-first.ts'

const report = process.env['SUBLET_TEST_REPORT']

/** Of these files every one gets a process of its own: they put shorter times in a module's place, or fill the memory. */
const alone = [
  'test/deploy.test.ts',
  'test/gateway-crowd.test.ts',
  'test/gateway-faults.test.ts',
  'test/gateway-slow-clients.test.ts',
]
// Real processes on two busy cores: what fails once is asked once more, and shown as `retry x1`.
const everywhere = { testTimeout: 30_000, hookTimeout: 60_000, retry: 1 }

const config: ViteUserConfig = defineConfig({
  test: {
    globalSetup: ['test/build.ts'],
    // One more than the cores that the smallest machine has: many suites wait for processes to start and end.
    maxWorkers: 3,
    sequence: { sequencer: SlowestFirst },
    // The counts for CI, beside what people read.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        test: {
          ...everywhere,
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
          // `npm run conformance` takes longer, and wants a real cluster too.
          exclude: ['test/conformance/**', '**/node_modules/**', ...alone],
          // Modules are loaded once for each worker, not once for each of 200 files: half a minute less.
          isolate: false,
        },
      },
      { test: { ...everywhere, name: 'alone', include: alone } },
    ],
  },
})

export default config
