// The demo as people start it. What it plays is tested elsewhere; that it ends with 0 says that
// every account closed and every system was told what it should be.
import { expect, it } from 'vitest'
import { run } from './cli/run-command.ts'

it('the demo plays to its end, and everything in it holds', async () => {
  const { code, out } = await run(['demo', '--exit'])
  expect(out).toContain('Every account closes.')
  expect(out).not.toMatch(/DOES NOT|SHOULD HAVE|The demo failed/)
  expect(code).toBe(0)
}, 240_000)
