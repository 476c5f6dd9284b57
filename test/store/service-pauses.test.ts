import { afterAll, beforeAll, expect, test } from 'vitest'
import { comune, type GivenStore, givenStore, now } from './given.ts'

const pause = { institution: comune, service: 'tari', since: now, code: 'IO_KEY', detail: '401' }
const notify = ['ced@comune.example']

let given: GivenStore

beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())

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
  await pauses.pause({ ...pause, code: 'IO_PATH' }, notify)
  expect((await pauses.list()).map(({ code }) => code)).toEqual(['IO_KEY'])
})

test('a service that is resumed and paused again is a new pause, with a new mail', async () => {
  const { pauses, mails } = given.store
  await pauses.resume(comune, 'tari')
  expect(await pauses.list()).toEqual([])
  expect(await pauses.pause({ ...pause, code: 'IO_PATH' }, notify)).toBe(true)
  expect(await mails.waiting(10)).toHaveLength(2)
})

test('a pause is of one service of one institution', async () => {
  const { pauses } = given.store
  await pauses.pause({ ...pause, institution: 'unione' }, notify)
  await pauses.resume('unione', 'tari')
  expect((await pauses.list()).map(({ institution }) => institution)).toEqual([comune])
})

test('a pause that nobody is to be told of makes no mail', async () => {
  const before = await given.count('select count(*) from staff_mails')
  await given.store.pauses.pause({ ...pause, service: 'mensa' }, [])
  expect(await given.count('select count(*) from staff_mails')).toBe(before)
})
