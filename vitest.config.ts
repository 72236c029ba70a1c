import { defineConfig, type ViteUserConfig } from 'vitest/config'

const report = process.env['SUBLET_TEST_REPORT']

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // `npm run conformance`: takes longer, and wants a real cluster too.
    exclude: ['test/conformance/**', '**/node_modules/**'],
    globalSetup: ['test/build.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than the cores that the smallest machine has: many suites wait for processes to start and end.
    maxWorkers: 3,
    // The counts for CI, beside what people read.
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
})

export default config
