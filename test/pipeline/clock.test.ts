import { describe, expect, it } from 'vitest'
import type { ClockReading } from '../../src/domain/clock.ts'
import { watchClock } from '../../src/pipeline/send/clock.ts'
import { children, openInstallation } from '../installation.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A machine, a database and IO, whose clocks the test sets by themselves. */
function givenClocks() {
  const start = Date.parse('2026-03-01T08:00:00Z')
  const clocks = { passed: 0, suspended: 0, own: 0, database: 0, io: 0 }
  const told: (ClockReading | 'forgotten')[] = []
  const asked = { database: 0, io: 0 }
  const time = (error: number) => start + clocks.passed + clocks.suspended + error
  const hear = () => watch.heard(new Date(time(clocks.io)).toUTCString())
  const watch = watchClock({
    async databaseNow() {
      asked.database += 1
      return Temporal.Instant.fromEpochMilliseconds(time(clocks.database))
    },
    async report(reading) {
      told.push(reading)
    },
    async forget() {
      told.push('forgotten')
    },
    async askIo() {
      asked.io += 1
      hear()
    },
    now: () => Temporal.Instant.fromEpochMilliseconds(time(clocks.own)),
    monotonic: () => clocks.passed,
    log: { warn() {} },
  })
  return { clocks, told, asked, watch, hear }
}

describe('the clock', () => {
  it('is trusted while all agree, and the database is asked every few seconds', async () => {
    const { clocks, asked, watch, hear } = givenClocks()
    for (let second = 0; second < 60; second += 1) {
      clocks.passed += 1000
      hear()
      expect(await watch.isTrusted()).toBe(true)
    }
    expect(asked.database).toBeLessThanOrEqual(12)
    expect(asked.io).toBe(0)
  })

  it.each([
    ['a day ahead', DAY],
    ['an hour behind', -HOUR],
    ['two minutes ahead', 120_000],
  ])('that jumps %s is noticed at the next claim, and said once', async (_, jump) => {
    const { clocks, told, watch } = givenClocks()
    expect(await watch.isTrusted()).toBe(true)
    clocks.passed += 10
    clocks.own = jump
    expect([await watch.isTrusted(), await watch.isTrusted()]).toEqual([false, false])
    expect(told).toEqual([
      'forgotten',
      { witness: 'database', aheadSeconds: expect.closeTo(jump / 1000, 0) },
    ])
    clocks.own = 0
    expect(await watch.isTrusted()).toBe(true)
    expect(told.at(-1)).toBe('forgotten')
  })

  it('that jumps together with the database on the same machine is betrayed by IO', async () => {
    const { clocks, told, watch, hear } = givenClocks()
    hear()
    expect(await watch.isTrusted()).toBe(true)
    clocks.passed += 2 * HOUR
    clocks.own = DAY
    clocks.database = DAY
    expect(await watch.isTrusted()).toBe(false)
    expect(told.at(-1)).toMatchObject({ witness: 'io' })
  })

  it('is not taken for wrong after the machine was suspended: IO is asked anew', async () => {
    const { clocks, asked, watch, hear } = givenClocks()
    hear()
    expect(await watch.isTrusted()).toBe(true)
    clocks.passed += 60_000
    clocks.suspended = 8 * HOUR
    expect(await watch.isTrusted()).toBe(true)
    expect(asked.io).toBe(1)
  })

  it('may be off by some seconds', async () => {
    const { clocks, watch } = givenClocks()
    clocks.own = 30_000
    expect(await watch.isTrusted()).toBe(true)
  })
})

describe('an IO that tells another day', () => {
  it('stops the claims with one mail, and they go on once it agrees again', async () => {
    const limit = { callsPerWindow: 100, windowSeconds: 1, connections: 1 }
    await using here = await openInstallation({ account: limit })
    const flow = await here.drop(children(150))
    const yesterday = new Date(Date.now() - DAY).toUTCString()
    const body = JSON.stringify({ sender_allowed: false })
    const headers = { date: yesterday, 'content-type': 'application/json' }
    let calls = 0
    here.answer(({ path }) => {
      if (path !== '/profiles') return null
      calls += 1
      return { answer: { status: 200, headers, body } }
    })
    // Of what was claimed before IO told its time, all is tried; nothing more is.
    await here.send()
    const tried = calls
    expect(tried).toBeGreaterThan(0)
    expect(tried).toBeLessThan(150)
    await here.send()
    expect(calls).toBe(tried)
    await here.app.mail()
    const subjects = () => here.playground.mails.map(({ subject }) => subject)
    expect(subjects().filter((subject) => subject.startsWith('Orologio'))).toHaveLength(1)

    // Another process has not heard that IO disagreed; what it hears now is the right time.
    here.answer(() => null)
    await here.reopen()
    await here.send()
    const account = await here.app.store.flows.account(flow)
    expect(account).toMatchObject({ undeliverable: tried, sent: 150 - tried })
    const [row] = await here.query('select clock_wrong_since from installation')
    expect(row).toEqual({ clock_wrong_since: null })
  })
})
