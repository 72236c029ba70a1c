import { defineConfig, type ViteUserConfig } from 'vitest/config'

const report = process.env['SUBLET_TEST_REPORT']

/**
 * One suite, two targets: the lab always, and the real cluster that SUBLET_CONFORMANCE_ENV names. It takes longer than
 * the rest together, so it is a command of its own: `npm run conformance`.
 */
const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    globalSetup: ['test/conformance/set-up.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // A real cluster's maps and caches have no order: what differs once is asked again.
    retry: 2,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})

export default config
