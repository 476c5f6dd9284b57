// The soak runs at a small share of their size: the same runs, the same judge. Those with processes
// of their own mostly wait for them, so some run side by side; the others need this process.
import { describe, expect, inject, test } from 'vitest'
import { hasPassed, lastLine, type Plant, type SoakResult } from '../scripts/soak/run.ts'
import { findRun, runNames } from '../scripts/soak/runs.ts'

const SEED = Number(process.env['SEED'] ?? 1)
const SHARE = 0.03
const TIMEOUT_MS = 180_000
/** The server of the tests has connections for so many installations with their nodes. */
const TOGETHER = 3

const withProcesses = [
  ['T8', 'notices that IO or the database has gone silent, and recovers alone'],
  ['T28', 'hands over to another node, and never do two send the same'],
  ['T3', 'holds what was cut off, and resends only where it is told to'],
  ['T7', 'survives a database that is killed while it takes in and sends'],
  ['T30', 'sends nothing again after an older copy was restored'],
  ['T6', 'waits while the key is refused, tells it once, and delivers all'],
  ['T1', 'loses nothing and doubles nothing when it is killed'],
  ['T2', 'calls uncertain what was accepted and not yet written down, and leaves it so'],
] as const

const inThisProcess = [
  ['T4', 'waits as long as IO asks it to, and counts no attempt for it'],
  ['T5', 'uses the allowed rate fairly, and never oversteps it'],
  ['T24', 'sends no burst and no reminder twice when the clock jumps'],
  ['T26', 'catches up after a day of silence: the nearest due first, nothing that expired'],
  ['T27', 'stops within what is under way when a flow is suspended or stopped'],
  ['T34', 'takes any odd answer for what it is, and goes on with the others'],
  ['T35', 'accounts for every record of any file, whatever fails'],
] as const

const inTurn = createTurns(TOGETHER)

describe.concurrent('the daemon', () => {
  test.each(withProcesses)('%s: %s', (name) => inTurn(() => expectToPass(name)), TIMEOUT_MS)

  test(
    'T2 planted: a feed that resends is caught by the judge of one that holds',
    async () => {
      const result = await inTurn(() => soak('T2', 'resend-uncertain'))
      expect(result.duplicated).toBeGreaterThan(0)
      expect(hasPassed(result)).toBe(false)
    },
    TIMEOUT_MS,
  )
})

describe('the sender', () => {
  test.each(inThisProcess)('%s: %s', (name) => expectToPass(name), TIMEOUT_MS)
})

test('every run of the folder is tried here', async () => {
  const tried = [...withProcesses, ...inThisProcess].map(([name]) => name)
  expect((await runNames()).toSorted()).toEqual(tried.toSorted())
})

async function expectToPass(name: string): Promise<void> {
  const result = await soak(name)
  const { failures, lost, duplicated } = result
  const line = lastLine(name, SEED, result)
  expect({ failures, lost, duplicated }, line).toEqual({ failures: [], lost: 0, duplicated: 0 })
}

async function soak(name: string, plant: Plant | null = null): Promise<SoakResult> {
  const run = await findRun(name)
  if (run === null) throw new Error(`there is no run ${name}`)
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const databaseUrl = inject('databaseUrl')
  const options = { seed: SEED, share: SHARE, plant, databaseUrl, signal, note: () => {} }
  return run.run(options)
}

/** So many at once at most; the others wait for their turn. */
function createTurns(together: number) {
  const waiting: (() => void)[] = []
  let free = together
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
