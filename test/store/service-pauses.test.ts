import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { emptyTables } from '../database.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'

const pause = { institution: comune, service: 'tari', since: now, code: 'IO_KEY', detail: '401' }
const notify = ['ced@comune.example']
const later = (seconds: number) => now.add({ seconds })
const actAt = (seconds: number) => ({ actor: 'root', origin: 'cli', at: later(seconds) })

let given: GivenStore

beforeAll(async () => {
  given = await givenStore()
})
beforeEach(async () => {
  await emptyTables(given.pool, 'service_pauses, staff_mails, acts')
})
afterAll(() => given.close())

const subjects = async () => (await given.store.mails.waiting(10)).map(({ subject }) => subject)
/** When the pauses are due for a try, in seconds from the beginning. */
async function triesDue(): Promise<number[]> {
  const { rows } = await given.pool.query<{ at: Temporal.Instant }>(
    'select try_at as at from service_pauses',
  )
  return rows.map(({ at }) => now.until(at).total('seconds'))
}

test('a service is paused once, with one mail, however many messages run into it', async () => {
  const { pauses, mails } = given.store
  const paused = await Promise.all(Array.from({ length: 8 }, () => pauses.pause(pause, notify)))
  expect(paused.filter(Boolean)).toHaveLength(1)
  expect(await pauses.list()).toEqual([pause])
  const waiting = await mails.waiting(10)
  expect(waiting.map(({ subject, recipients }) => [subject, recipients])).toEqual([
    ['Servizio in pausa: tari', notify],
  ])
  expect(waiting[0]?.body).toContain('IO_KEY')
})

test('the first cause stands until the service is resumed', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  await pauses.pause({ ...pause, code: 'IO_PATH' }, notify)
  expect((await pauses.list()).map(({ code }) => code)).toEqual(['IO_KEY'])
})

test('a service that is resumed and paused again is a new pause, with a new mail', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  expect(await pauses.resume(comune, 'tari', actAt(60))).toBe(true)
  expect(await pauses.list()).toEqual([])
  expect(await pauses.pause({ ...pause, since: later(90) }, notify)).toBe(true)
  expect(await subjects()).toEqual(['Servizio in pausa: tari', 'Servizio in pausa: tari'])
})

test('a refusal that was asked for before the service was resumed pauses nothing', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  await pauses.resume(comune, 'tari', actAt(60))
  expect(await pauses.pause({ ...pause, since: later(61) }, notify, later(59))).toBe(false)
  expect(await pauses.pause({ ...pause, since: later(62) }, notify, later(61))).toBe(true)
})

test('what was resumed in one institution leaves the refusals of another fresh', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  await pauses.pause({ ...pause, institution: 'unione' }, notify)
  await pauses.resume('unione', 'tari', actAt(60))
  expect((await pauses.list()).map(({ institution }) => institution)).toEqual([comune])
  await pauses.resume(comune, 'tari', actAt(10))
  expect(await pauses.pause({ ...pause, since: later(70) }, notify, later(30))).toBe(true)
})

test('who resumes a service is written down; staff is told of what happens by itself', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  await pauses.resume(comune, 'tari', actAt(60))
  await pauses.pause({ ...pause, since: later(70) }, notify)
  await pauses.resume(comune, 'tari', { ...actAt(80), actor: 'staffetta' }, notify)
  expect(await subjects()).toEqual([
    'Servizio in pausa: tari',
    'Servizio in pausa: tari',
    'Servizio ripreso: tari',
  ])
  const { rows } = await given.pool.query('select actor, verb, subject from acts order by id')
  expect(rows).toEqual([
    { actor: 'root', verb: 'resumed', subject: 'service/tari' },
    { actor: 'staffetta', verb: 'resumed', subject: 'service/tari' },
  ])
})

test('resuming what is not paused does nothing', async () => {
  expect(await given.store.pauses.resume(comune, 'tari', actAt(60), notify)).toBe(false)
  expect(await subjects()).toEqual([])
  expect(await given.count('select count(*) from acts')).toBe(0)
})

test('each try that does not help makes the next one later, without a mail', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  const waits = await triesDue()
  for (let at = 0, tries = 0; tries < 7; tries += 1) {
    at += waits.at(-1) as number
    await pauses.postpone(pause, later(at))
    waits.push(((await triesDue())[0] as number) - at)
  }
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900])
  expect(await subjects()).toEqual(['Servizio in pausa: tari'])
})

test('a pause whose cause turns out to be another waits as that one does', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  await pauses.postpone({ ...pause, code: 'IO_FORBIDDEN', detail: '403' }, later(30))
  expect(await pauses.list()).toEqual([{ ...pause, code: 'IO_FORBIDDEN', detail: '403' }])
  expect(await triesDue()).toEqual([930])
})

test('a pause is due for a try at its instant, not before', async () => {
  const { pauses } = given.store
  await pauses.pause(pause, notify)
  expect(await pauses.due(later(29))).toEqual([])
  expect(await pauses.due(later(30))).toEqual([pause])
})

test('a pause that nobody is to be told of makes no mail', async () => {
  await given.store.pauses.pause({ ...pause, service: 'mensa' }, [])
  expect(await subjects()).toEqual([])
})
