// How the walks through the console run: `npm run test:browser`, which finds or installs Chromium
// first. One file at a time: two browsers would wait for each other.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/set-up.ts'],
    isolate: false,
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
