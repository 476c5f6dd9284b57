// How the tests against real servers run: `npm run test:peers`, which starts the servers first and
// gives their addresses in the environment.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['connectors/**/peers.test.ts'],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
