import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pool } from '../../src/store/database.ts'
import { createLeases, type Lease, type Leases } from '../../src/store/leases.ts'
import { type GivenStore, givenStore } from './given.ts'

describe('a lease', () => {
  let given: GivenStore
  let here: Leases
  let there: Leases
  beforeAll(async () => {
    given = await givenStore()
    here = createLeases(given.pool, 'here', 60)
    there = createLeases(given.another().pool, 'there', 60)
  })
  afterAll(() => given.close())

  const expire = (name: string) =>
    given.pool.query(
      `update leases set expires_at = clock_timestamp() - interval '1 ms' where name = $1`,
      [name],
    )
  const tokenOf = (leases: Leases, name: string) => leases.hold(name, async (lease) => lease.token)

  test('has one holder at a time, whoever asks', async () => {
    const asked = await here.hold('one', async () => {
      const others = await Promise.all([
        there.hold('one', async () => 'there'),
        here.hold('one', async () => 'here again'),
        there.hold('another', async () => 'another'),
      ])
      return others
    })
    expect(asked).toEqual([null, null, 'another'])
  })

  test('is held by exactly one of many who ask at once', async () => {
    const askers = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? here : there))
    const waiting = Promise.withResolvers<void>()
    let refused = 0
    const held = await Promise.all(
      askers.map(async (leases) => {
        const answer = await leases.hold('many', async () => {
          await waiting.promise
          return 'held'
        })
        if (answer === null && ++refused === askers.length - 1) waiting.resolve()
        return answer
      }),
    )
    expect(held.filter((answer) => answer === 'held')).toHaveLength(1)
  })

  test('can be taken again as soon as its work is done, or has failed', async () => {
    const first = await tokenOf(here, 'again')
    const failed = here.hold('again', async () => {
      throw new Error('the work failed')
    })
    await expect(failed).rejects.toThrow('the work failed')
    expect(await tokenOf(there, 'again')).toBe((first as number) + 2)
  })

  test('has a token that grows with every holder and never falls', async () => {
    const tokens: number[] = []
    for (const leases of [here, there, there, here]) {
      tokens.push((await tokenOf(leases, 'growing')) as number)
    }
    expect(tokens).toEqual([1, 2, 3, 4])
  })

  test('of a holder that died is taken over, and its late end frees nothing', async () => {
    const over = Promise.withResolvers<void>()
    const dead = here.hold('dead', async (lease) => {
      await expire('dead')
      const taken = there.hold('dead', async (second) => {
        over.resolve()
        await finished.promise
        return second.token
      })
      await over.promise
      return { token: lease.token, taken }
    })
    const finished = Promise.withResolvers<void>()
    const { token, taken } = (await dead) as { token: number; taken: Promise<number> }
    expect(await here.hold('dead', async () => 'freed')).toBeNull()
    finished.resolve()
    expect(await taken).toBe(token + 1)
  })

  test('that another has taken over is signalled as lost, and not before', async () => {
    const short = createLeases(given.pool, 'short', 0.2)
    const lost = await short.hold('lost', async (lease: Lease) => {
      expect(lease.lost.aborted).toBe(false)
      await given.pool.query(
        `update leases set owner = 'thief', token = token + 1, expires_at = 'infinity'
         where name = 'lost'`,
      )
      if (!lease.lost.aborted) await once(lease.lost, 'abort')
      return lease.lost.reason
    })
    expect(lost).toMatchObject({ message: expect.stringContaining('lease lost was lost') })
    expect(await here.hold('lost', async () => 'freed')).toBeNull()
  })

  test('is signalled as lost also when the database gives no answer at all', async () => {
    const hanging = {
      query: (text: string, values: unknown[]) =>
        text.startsWith('update') ? new Promise(() => {}) : given.pool.query(text, values),
    }
    const short = createLeases(hanging as unknown as Pool, 'hanging', 0.2)
    const lost = Promise.withResolvers<boolean>()
    void short.hold('hanging', async (lease) => {
      if (!lease.lost.aborted) await once(lease.lost, 'abort')
      lost.resolve(lease.lost.aborted)
    })
    expect(await lost.promise).toBe(true)
  })

  test.each([
    ['the process stood still', { monotonic: 61_000, wall: 61_000 }],
    ['the machine was suspended, and its monotonic clock with it', { monotonic: 0, wall: 61_000 }],
    ['the wall clock went back meanwhile', { monotonic: 61_000, wall: -3_600_000 }],
  ])('is not taken for held once %s for longer than it lasts', async (_, passed) => {
    const time = { monotonic: 0, wall: 1_800_000_000_000 }
    const clocks = { monotonic: () => time.monotonic, wall: () => time.wall }
    const watched = createLeases(given.pool, 'watched', 60, clocks)
    const held = await watched.hold('watched', async (lease: Lease) => {
      const before = lease.isHeld()
      time.monotonic += passed.monotonic
      time.wall += passed.wall
      return [before, lease.isHeld(), lease.lost.aborted]
    })
    // No timer has run: who asks is told all the same.
    expect(held).toEqual([true, false, false])
  })

  test('outlives its length for as long as its work goes on', async () => {
    const short = createLeases(given.pool, 'renewing', 0.2)
    const until = `select extract(epoch from expires_at) from leases where name = 'renewed'`
    const lost = await short.hold('renewed', async (lease) => {
      const first = await given.count(until)
      // Ends when the lease was renewed several times over, or never.
      while ((await given.count(until)) < first + 0.5 && !lease.lost.aborted);
      return lease.lost.aborted
    })
    expect(lost).toBe(false)
  })
})
