// The sets of who can be written to: a day is applied whole and once, whatever the runs.
// Invariant: what is kept finds a citizen only for who has the key.
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FeedDay } from '../../src/pipeline/send/subscriptions.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'

const first = Temporal.PlainDate.from('2026-03-01')
const codes = ['AAAAAA00A00A000A', 'BBBBBB00A00A000A', 'CCCCCC00A00A000A', 'DDDDDD00A00A000A']
const hashOf = (code: string) => createHash('sha256').update(code).digest('hex')

let given: GivenStore
let services = 0

beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

/** A service that nobody has used yet. */
const newService = () => ({ institution: comune, service: `s${services++}` })

function dayOf(came: string[], gone: string[] = []): FeedDay {
  return { subscriptions: came.map(hashOf), unsubscriptions: gone.map(hashOf) }
}

test('days in any number of runs leave the set of all of them in order', async () => {
  const day = fc.array(fc.record({ code: fc.constantFrom(...codes), comes: fc.boolean() }), {
    maxLength: 4,
  })
  const runs = fc.array(fc.array(day, { maxLength: 3 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(runs, fc.boolean(), async (days, upper) => {
      const service = newService()
      const expected = new Set<string>()
      let date = first
      for (const run of days) {
        // A run knows nothing of the one before it but what that one committed.
        const { store } = given
        const { through } = await store.subscriptions.progress(service)
        expect(through?.toString()).toBe(
          date.equals(first) ? undefined : date.subtract({ days: 1 }).toString(),
        )
        for (const changes of run) {
          const last = new Map(changes.map(({ code, comes }) => [code, comes]))
          const came = [...last].filter(([, comes]) => comes).map(([code]) => code)
          const gone = [...last].filter(([, comes]) => !comes).map(([code]) => code)
          for (const code of gone) expected.delete(code)
          for (const code of came) expected.add(code)
          const told = dayOf(came, gone)
          const cased = (hash: string) => (upper ? hash.toUpperCase() : hash)
          const applied = await store.subscriptions.apply(service, date, {
            subscriptions: told.subscriptions.map(cased),
            unsubscriptions: told.unsubscriptions.map(cased),
          })
          expect(applied).toBe(true)
          date = date.add({ days: 1 })
        }
      }
      if (date.equals(first)) return
      const through = date.subtract({ days: 1 })
      const found = await Promise.all(
        codes.map((code) => given.store.subscriptions.find(service, code, through)),
      )
      expect(found).toEqual(codes.map((code) => expected.has(code)))
    }),
    { numRuns: 40 },
  )
})

test('a day is refused that is not the one after the last, and changes nothing', async () => {
  const service = newService()
  const { subscriptions } = given.store
  const [code = ''] = codes
  expect(await subscriptions.apply(service, first, dayOf([code]))).toBe(true)
  for (const days of [0, 2, -1]) {
    const day = first.add({ days })
    expect(await subscriptions.apply(service, day, dayOf([], [code]))).toBe(false)
  }
  expect(await subscriptions.find(service, code, first)).toBe(true)
})

test('a day applied by two readers at once is applied by one', async () => {
  const service = newService()
  const stores = [given.store, given.another().store]
  const apply = (day: Temporal.PlainDate) =>
    Promise.all(stores.map((store) => store.subscriptions.apply(service, day, dayOf(codes))))
  await apply(first)
  expect((await apply(first.add({ days: 1 }))).filter(Boolean)).toHaveLength(1)
})

test('a day that fails in its middle leaves the day before it', async () => {
  const service = newService()
  const [code = '', other = ''] = codes
  const { subscriptions } = given.store
  await subscriptions.apply(service, first, dayOf([code]))
  const broken = { ...dayOf([other], [code]), subscriptions: [hashOf(other), null as never] }
  await expect(subscriptions.apply(service, first.add({ days: 1 }), broken)).rejects.toThrow()
  expect((await subscriptions.progress(service)).through?.toString()).toBe(first.toString())
  expect(await subscriptions.find(service, code, first)).toBe(true)
  expect(await subscriptions.find(service, other, first)).toBe(false)
})

test('a set answers only when it is whole through the day asked for', async () => {
  const service = newService()
  const [code = ''] = codes
  const { subscriptions } = given.store
  expect(await subscriptions.find(service, code, first)).toBeNull()
  await subscriptions.apply(service, first, dayOf([code]))
  expect(await subscriptions.find(service, code, first.add({ days: 1 }))).toBeNull()
  expect(await subscriptions.find(service, code.toLowerCase(), first)).toBe(true)
  expect(await subscriptions.find(newService(), code, first)).toBeNull()
  const elsewhere = { ...service, institution: 'unione' }
  expect(await subscriptions.find(elsewhere, code, first)).toBeNull()
})

test('a day of many batches is applied whole', async () => {
  const service = newService()
  const many = Array.from({ length: 12_000 }, (_, n) => String(n))
  await given.store.subscriptions.apply(service, first, dayOf(many))
  const set = `select count(*) from subscribers where feed_id =
    (select id from subscription_feeds where service = $1)`
  expect(await given.count(set, service.service)).toBe(12_000)
  await given.store.subscriptions.apply(service, first.add({ days: 1 }), dayOf([], many.slice(1)))
  expect(await given.count(set, service.service)).toBe(1)
})

test("IO's hash of a citizen stands nowhere in the database", async () => {
  const service = newService()
  await given.store.subscriptions.apply(service, first, dayOf(codes))
  const { rows } = await given.pool.query('select * from subscribers')
  const text = JSON.stringify(
    rows.map((row) => ({ ...row, code_hash: row.code_hash.toString('hex') })),
  )
  // A keyed hash is 16 bytes: not even the beginning of IO's may be there.
  for (const code of codes) expect(text).not.toContain(hashOf(code).slice(0, 32))
})

test('a problem is told once, and again only after a day was read', async () => {
  const service = newService()
  const { subscriptions, mails } = given.store
  const askAt = now.add({ hours: 24 })
  const refusal = { code: 'IO_FEED_FORBIDDEN', askAt, notify: ['ced@comune.example'] }
  const told = async () =>
    (await mails.waiting(100)).filter(({ subject }) => subject.endsWith(`: ${service.service}`))
  for (let time = 0; time < 3; time++) await subscriptions.refuse(service, refusal, now)
  expect(await subscriptions.progress(service)).toEqual({ through: null, askAt })
  expect(await told()).toHaveLength(1)
  await subscriptions.apply(service, first, dayOf([]))
  expect(await subscriptions.progress(service)).toEqual({ through: first, askAt: null })
  await subscriptions.refuse(service, refusal, now)
  expect(await told()).toHaveLength(2)
  const later = now.add({ minutes: 5 })
  await subscriptions.postpone(service, later)
  expect(await subscriptions.progress(service)).toEqual({ through: first, askAt: later })
  expect(await told()).toHaveLength(2)
})

test('a service that no longer reads the feed is forgotten with its set', async () => {
  const [kept, left] = [newService(), newService()]
  const { subscriptions } = given.store
  for (const service of [kept, left]) await subscriptions.apply(service, first, dayOf(codes))
  const others = await given.count('select count(*) from subscription_feeds')
  expect(await subscriptions.keepOnly([kept])).toBe(others - 1)
  expect(await given.count('select count(*) from subscribers')).toBe(codes.length)
  expect(await subscriptions.find(kept, codes[0] as string, first)).toBe(true)
  expect(await subscriptions.progress(left)).toEqual({ through: null, askAt: null })
  expect(await subscriptions.keepOnly([kept])).toBe(0)
})
