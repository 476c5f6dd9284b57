// `npm run test:browser`: the console as people use it, in Debian's Chromium. Installs it where it
// is missing, runs `test/browser/`, and ends with the code of the tests.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { getPrograms } from './peers/packages.ts'

const root = join(import.meta.dirname, '..')

/** What the tests end with; 1 when they were killed, or there is no browser. */
async function main(): Promise<number> {
  try {
    getPrograms(['chromium'], (line) => console.log(`browser: ${line}`))
  } catch (error) {
    console.error(`browser: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--config', 'vitest.browser.config.ts', ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  return (code as number | null) ?? 1
}

process.exitCode = await main()
