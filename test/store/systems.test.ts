// How often systems may be asked, and what they answered, in the real tables.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCounters } from '../../src/store/counters.ts'
import { openPool } from '../../src/store/database.ts'
import { createInstitutions } from '../../src/store/institutions.ts'
import { leapIds } from '../../src/store/journal-check.ts'
import { applyMigrations, migrationNames } from '../../src/store/migrate.ts'
import type { AskingRate } from '../../src/store/systems.ts'
import { freshDatabase } from '../database.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'

let given: GivenStore
beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

const dayEnds = now.add({ hours: 20 })
const rateOf = (changes: Partial<AskingRate> = {}): AskingRate => ({
  ...{ perSecond: 10, perDay: null, day: '2026-03-01', dayEnds },
  ...changes,
})
const far = now.add({ hours: 100_000 })
let names = 0
const freshName = () => `sistema-${++names}`
const of = (name: string) => ({ institution: comune, name, notify: ['ced@ente.example'] })

describe('the allowance of a system', () => {
  test('is never exceeded, in a day or a second, however many nodes take from it', async () => {
    const other = given.another().store
    const ways = fc.record({
      perSecond: fc.double({ min: 0.5, max: 50, noNaN: true }),
      perDay: fc.integer({ min: 1, max: 60 }),
      wants: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(ways, async ({ perSecond, perDay, wants }) => {
        const name = freshName()
        const rate = rateOf({ perSecond, perDay })
        const taken = await Promise.all(
          wants.map((wanted, n) => {
            const { systems } = n % 2 === 0 ? given.store : other
            return systems.allow(of(name), wanted, rate, far, now)
          }),
        )
        const turns = taken.flatMap((one) => ('why' in one ? [] : [one]))
        const keys = turns.reduce((sum, turn) => sum + turn.keys, 0)
        expect(keys).toBe(
          Math.min(
            perDay,
            wants.reduce((sum, wanted) => sum + wanted, 0),
          ),
        )
        const inOrder = turns.sort((a, b) => Temporal.Instant.compare(a.at, b.at))
        for (const [n, turn] of inOrder.entries()) {
          const next = inOrder[n + 1]
          if (!next) break
          const seconds = turn.at.until(next.at).total('seconds')
          expect(seconds).toBeGreaterThanOrEqual(turn.keys / perSecond - 0.002)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('begins anew with the day, and says when that is', async () => {
    const { systems } = given.store
    const name = freshName()
    const rate = rateOf({ perDay: 2 })
    expect(await systems.allow(of(name), 5, rate, far, now)).toMatchObject({ keys: 2 })
    const capped = { keys: 0, why: 'cap', until: dayEnds }
    expect(await systems.allow(of(name), 1, rate, far, now)).toEqual(capped)
    const tomorrow = rateOf({ perDay: 2, day: '2026-03-02' })
    expect(await systems.allow(of(name), 1, tomorrow, far, dayEnds)).toMatchObject({ keys: 1 })
  })

  test('is not taken by who cannot wait for its turn', async () => {
    const { systems } = given.store
    const name = freshName()
    const rate = rateOf({ perSecond: 1 })
    await systems.allow(of(name), 5, rate, far, now)
    const late = await systems.allow(of(name), 1, rate, now.add({ seconds: 2 }), now)
    expect(late).toEqual({ keys: 0, why: 'late', until: now.add({ seconds: 5 }) })
    const turn = await systems.allow(of(name), 1, rate, now.add({ seconds: 5 }), now)
    expect(turn).toEqual({ keys: 1, at: now.add({ seconds: 5 }) })
  })

  test('is refused longer and longer after failures, until it answers', async () => {
    const { systems } = given.store
    const name = freshName()
    const take = () => systems.allow(of(name), 1, rateOf(), far, now)
    const failure = { code: 'SRC_BUSY', message: 'closed', retry: true, isOfKey: false }
    await take()
    const rests: number[] = []
    for (let failures = 0; failures < 6; failures++) {
      await systems.failed(of(name), failure, now)
      const turn = await take()
      rests.push('why' in turn ? now.until(turn.until).total('seconds') : 0)
    }
    expect(rests).toEqual([0, 60, 120, 300, 900, 900])
    await systems.failed(of(name), { ...failure, isOfKey: true }, now)
    await systems.answered(of(name), now)
    expect(await take()).toMatchObject({ keys: 1 })
    const row = (await systems.list()).find((one) => one.name === name)
    expect(row).toMatchObject({ failures: 0, failureCode: 'SRC_BUSY', failure: 'closed' })
  })
})

test('a system that a person must mend first rests for long at once', async () => {
  const { systems } = given.store
  const name = freshName()
  await systems.allow(of(name), 1, rateOf(), far, now)
  const failure = { code: 'SRC_CREDENTIALS', message: 'refused', retry: false, isOfKey: false }
  await systems.failed(of(name), failure, now)
  const until = now.add({ seconds: 900 })
  expect(await systems.allow(of(name), 1, rateOf(), far, now)).toEqual({
    ...{ keys: 0, why: 'down', until },
  })
})

describe('staff hears by mail', () => {
  const failure = { code: 'SRC_UNREACHABLE', message: 'it is down', retry: true, isOfKey: false }
  const refused = { ...failure, code: 'SRC_CREDENTIALS', message: 'refused', retry: false }
  const mailsOf = async (name: string) =>
    (await given.store.mails.waiting(1000)).filter(({ subject }) =>
      new RegExp(`: ${name}( |$)`).test(subject),
    )
  const subjectsOf = async (name: string) => (await mailsOf(name)).map(({ subject }) => subject)
  const opened = async () => {
    const name = freshName()
    await given.store.systems.allow(of(name), 1, rateOf(), far, now)
    return name
  }

  test('at once of a system that needs a person, once, and when it answers again', async () => {
    const { systems } = given.store
    const name = await opened()
    for (const minutes of [0, 20, 300])
      await systems.failed(of(name), refused, now.add({ minutes }))
    const [told, ...others] = await mailsOf(name)
    expect(told).toMatchObject({
      recipients: ['ced@ente.example'],
      subject: `Sistema da guardare: ${name} (SRC_CREDENTIALS)`,
      body: expect.stringContaining('SRC_CREDENTIALS: refused\n'),
    })
    expect(others).toEqual([])
    for (const at of [far, far]) await systems.answered(of(name), at)
    expect((await subjectsOf(name)).slice(1)).toEqual([`Sistema di nuovo attivo: ${name}`])
  })

  test('of what may pass after an hour, and of nothing that passed before', async () => {
    const { systems } = given.store
    const name = await opened()
    for (const minutes of [0, 30, 59]) await systems.failed(of(name), failure, now.add({ minutes }))
    await systems.answered(of(name), now.add({ minutes: 59 }))
    for (const minutes of [60, 119]) await systems.failed(of(name), failure, now.add({ minutes }))
    expect(await subjectsOf(name)).toEqual([])
    for (const minutes of [120, 121]) await systems.failed(of(name), failure, now.add({ minutes }))
    expect(await subjectsOf(name)).toEqual([`Sistema da guardare: ${name} (SRC_UNREACHABLE)`])
  })

  test('of no fault of one key alone, which makes no time of trouble either', async () => {
    const { systems } = given.store
    const name = await opened()
    await systems.failed(of(name), { ...refused, isOfKey: true }, now)
    await systems.failed(of(name), failure, now.add({ minutes: 70 }))
    expect(await subjectsOf(name)).toEqual([])
  })

  test('once a day that more is wanted of a system than a day allows', async () => {
    const { systems } = given.store
    const name = freshName()
    const ask = (day: string) => systems.allow(of(name), 2, rateOf({ perDay: 2, day }), far, now)
    await ask('2026-03-01')
    expect(await subjectsOf(name)).toEqual([])
    for (const day of ['2026-03-01', '2026-03-01', '2026-03-02']) await ask(day)
    const told = `Sistema interrogato abbastanza per oggi: ${name}`
    expect(await subjectsOf(name)).toEqual([told])
    for (const _ of [1, 2]) await ask('2026-03-02')
    expect(await subjectsOf(name)).toEqual([told, told])
  })
})

describe('the answers of systems', () => {
  const asked = { system: 'anagrafe', shape: '{"fields":{}}' }
  const keep = (answers: Record<string, Record<string, string>>, at = now) =>
    given.store.answers.keep(comune, asked, new Map(Object.entries(answers)), at)
  const find = (keys: string[], since = now, of = asked) =>
    given.store.answers.find(comune, of, keys, since)

  test('are found by what was asked, and as old as one wants them', async () => {
    await keep({ a: { in_vita: 'true' }, b: { found: 'false' } })
    const both = new Map([
      ['a', { in_vita: 'true' }],
      ['b', { found: 'false' }],
    ])
    expect(await find(['a', 'b', 'c'])).toEqual(both)
    expect((await find(['a'], now.add({ seconds: 1 }))).size).toBe(0)
    expect((await find(['a'], now, { ...asked, shape: '{}' })).size).toBe(0)
    expect((await find(['a'], now, { ...asked, system: 'altra' })).size).toBe(0)
    expect(await given.store.answers.find('altro-comune', asked, ['a'], now)).toEqual(new Map())
  })

  test('are not replaced by older ones', async () => {
    await keep({ d: { n: 'new' } }, now.add({ hours: 1 }))
    await keep({ d: { n: 'old' } }, now)
    expect((await find(['d'])).get('d')).toEqual({ n: 'new' })
  })

  test('say nothing to who reads the table', async () => {
    await keep({ VRDLGU80A01H501U: { in_vita: 'true' } })
    const { rows } = await given.pool.query('select * from system_answers')
    const text = rows.map((row) => Buffer.concat([row.key_hash, row.sealed]).toString('latin1'))
    expect(text.join()).not.toMatch(/VRDLGU|in_vita/)
  })

  test('are forgotten once they are too old', async () => {
    await keep({ old: { n: '1' } }, now.subtract({ hours: 48 }))
    await keep({ young: { n: '1' } }, now)
    await given.store.answers.forget(comune, asked.system, now.subtract({ hours: 24 }))
    const left = await find(['old', 'young'], now.subtract({ hours: 100 }))
    expect([...left.keys()]).toEqual(['young'])
    await given.store.answers.forgetOthers(comune, [asked.system])
    expect((await find(['young'])).size).toBe(1)
    await given.store.answers.forgetOthers(comune, [])
    expect((await find(['young'])).size).toBe(0)
  })
})

describe('the counters of an institution', () => {
  test('go on from the furthest of those that its feeds had', async () => {
    const database = await freshDatabase()
    const pool = openPool({ url: database.url }, 2)
    const client = await pool.connect()
    try {
      const names = await migrationNames()
      const before = names.filter((name) => name < '2026-11-22T1230')
      await applyMigrations(client, before)
      await client.query(`insert into institutions (name) values ('a'), ('b')`)
      await client.query(
        `insert into feeds (institution_id, name, counters) values
           (1, 'x', '{"richiesta": 41, "altra": 2}'), (1, 'y', '{"richiesta": 1007}'), (1, 'z', '{}'),
           (2, 'x', '{"richiesta": 5}')`,
      )
      await applyMigrations(client, names.slice(before.length))
      const nextCount = createCounters(pool, createInstitutions(pool))
      expect(await nextCount('a', 'richiesta')).toBe(1008n)
      expect(await nextCount('a', 'altra')).toBe(3n)
      expect(await nextCount('b', 'richiesta')).toBe(6n)
      await leapIds(client)
      expect(await nextCount('a', 'richiesta')).toBeGreaterThan(1_000_000n)
    } finally {
      client.release()
      await pool.end()
      await database.drop()
    }
  })
})
