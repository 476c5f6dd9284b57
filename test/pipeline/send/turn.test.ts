import { describe, expect, it } from 'vitest'
import { type CallPurpose, createOutage, createPace } from '../../../src/domain/pace.ts'
import { createTurns, inTurn, slowDown } from '../../../src/pipeline/send/turn.ts'

/** The turns of an account on a clock that goes by only while somebody waits. */
function givenTurns(callsPerWindow = 150) {
  const stop = new AbortController()
  const clock = { now: 0 }
  const ports = {
    monotonic: () => clock.now,
    async sleep(milliseconds: number, signal: AbortSignal) {
      // Others have their word while time goes by, as they do while a timer runs.
      await new Promise((resolve) => setImmediate(resolve))
      signal.throwIfAborted()
      clock.now += milliseconds
    },
  }
  const pace = createPace(callsPerWindow, 5)
  const turns = createTurns(pace, ports, stop.signal)
  const account = { name: 'a', callsPerWindow, windowSeconds: 5, connections: 4 }
  const session = {
    pace,
    outage: createOutage(),
    turns,
    account: { ...account, firstStatusCheckSeconds: 60, premiumFollowDays: 60 },
  }
  return { stop, clock, ports, session }
}

/** So many hands make calls one after the other, as long as `goesOn` says. */
async function work(
  given: ReturnType<typeof givenTurns>,
  purpose: CallPurpose,
  hands: number,
  goesOn: () => boolean,
  call: (purpose: CallPurpose) => void,
): Promise<void> {
  const hand = async () => {
    while (goesOn()) {
      const ask = async () => {
        call(purpose)
        return { rateRemaining: null }
      }
      if ((await inTurn(given.session, given.ports, ask, purpose)) === null) return
    }
  }
  await Promise.all(Array.from({ length: hands }, hand))
}

describe('the turns of an account', () => {
  it('give one call in fifty to following while others send, all when nobody does', async () => {
    const given = givenTurns()
    const made = { send: 0, follow: 0 }
    const count = (purpose: CallPurpose) => {
      made[purpose] += 1
    }
    let sending = true
    const total = () => made.send + made.follow
    const send = work(given, 'send', 4, () => made.send < 980, count).then(() => {
      sending = false
    })
    const follow = work(given, 'follow', 4, () => sending || total() < 1200, count)
    await send
    expect(made.follow).toBeGreaterThanOrEqual(20)
    expect(made.follow).toBeLessThanOrEqual(24)
    const sentAt = given.clock.now
    await follow
    // The whole rate is theirs now.
    const seconds = (given.clock.now - sentAt) / 1000
    expect((1200 - 1000) / seconds).toBeGreaterThan(0.97 * 30)
  })

  it('hold everybody back while IO asked to wait, those too who waited before', async () => {
    const given = givenTurns()
    const instants: number[] = []
    let refused = 0
    await work(
      given,
      'send',
      8,
      () => instants.length < 60,
      () => {
        instants.push(given.clock.now)
        if (instants.length !== 30) return
        refused = given.clock.now
        const deferred = { kind: 'deferred', detail: '', scope: 'account', counts: false } as const
        const rate = { ...deferred, code: 'IO_RATE', retryAfterSeconds: null }
        slowDown(rate, given.session, given.ports)
      },
    )
    const later = instants.slice(30)
    expect(Math.min(...later)).toBe(refused + 5000)
  })

  it('are cut short by a stop, for everybody who waits', async () => {
    const given = givenTurns(2)
    let made = 0
    const all = work(
      given,
      'send',
      8,
      () => true,
      () => {
        made += 1
        if (made === 3) given.stop.abort()
      },
    )
    await all
    expect(made).toBe(3)
  })
})
