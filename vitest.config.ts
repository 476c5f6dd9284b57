// How the tests run: one process pool without isolation (files share nothing but loaded modules),
// and one embedded PostgreSQL for all of them, started by the global set-up.
import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'connectors/**/*.test.ts'],
    // Those want real servers, or a browser: `npm run test:peers`, `npm run test:browser`.
    exclude: [...configDefaults.exclude, 'connectors/**/peers.test.ts', 'test/browser/**'],
    globalSetup: ['test/set-up.ts'],
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
