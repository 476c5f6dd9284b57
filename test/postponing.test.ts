import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NoticeFilter } from '../src/store/notice-choice.ts'
import { child, INSTITUTION, type Installation, openInstallation } from './installation.ts'

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const DUE = '2099-04-30'
const LATER = '2099-06-30'
const act = { actor: 'root', origin: 'cli', note: 'delibera 12' }
const ofEmission = (emission: string): NoticeFilter => ({
  name: { by: 'emission', emission },
  institution: INSTITUTION,
  series: null,
})
const postpone = (month: string, to: string, filter = ofEmission(month)) =>
  here.app.postpone({
    filter,
    wanted: { on: Temporal.PlainDate.from(to) },
    mayPass: false,
    act,
  })

/** `first sent`, `reminder waiting 2099-06-27`, in the order in which they were made. */
const messagesOf = async (month: string) => {
  const rows = await here.query<{ said: string }>(
    `select concat_ws(' ', m.purpose, m.state, m.code, to_char(m.civil_at, 'YYYY-MM-DD')) as said
     from messages m join notices n on n.id = m.notice_id where n.emission = $1 order by m.id`,
    [month],
  )
  return rows.map(({ said }) => said)
}
const noticeOf = async (month: string) => {
  const [row] = await here.query<{ said: string }>(
    `select concat_ws(' ', state, to_char(due_at at time zone 'Europe/Rome', 'YYYY-MM-DD'),
       to_char(postponed_from at time zone 'Europe/Rome', 'YYYY-MM-DD')) as said
     from notices where emission = $1`,
    [month],
  )
  return row?.said
}
const fateOf = async (flow: number) => {
  const rows = await here.query<{ fate: string }>(
    'select fate from source_records where flow_id = $1 order by record',
    [flow],
  )
  return rows.map(({ fate }) => fate)
}

const postponed = async (n: number, month: string) => {
  await here.drop([child(n, { month, due: DUE })], `mensa-${month}.csv`)
  await here.send()
  return postpone(month, LATER)
}

test('a postponed notice has its reminders anew, and no first message by that', async () => {
  const result = await postponed(1, '2031-01')
  expect(result).toEqual({
    ...{ postponed: 1, unchanged: {}, cancelled: 1, planned: 1, released: 0 },
  })
  expect(await messagesOf('2031-01')).toEqual([
    'first sent',
    'reminder cancelled postponed 2099-04-27',
    'reminder waiting 2099-06-27',
  ])
  expect(await noticeOf('2031-01')).toBe(`open ${LATER} ${DUE}`)
})

test('the same record again is a duplicate, and the postponement stands', async () => {
  await postponed(2, '2031-02')
  const flow = await here.drop([child(2, { month: '2031-02', due: DUE })], 'mensa-2031-02-b.csv')
  expect(await fateOf(flow)).toEqual(['duplicate'])
  expect(await noticeOf('2031-02')).toBe(`open ${LATER} ${DUE}`)
  expect(await messagesOf('2031-02')).toHaveLength(3)
})

test('another change of the record is taken with the postponed date', async () => {
  await postponed(3, '2031-03')
  const changed = child(3, { month: '2031-03', due: DUE, cents: 9900 })
  const flow = await here.drop([changed], 'mensa-2031-03-b.csv')
  expect(await fateOf(flow)).toEqual(['message'])
  expect(await noticeOf('2031-03')).toBe(`open ${LATER} ${DUE}`)
  expect((await messagesOf('2031-03')).slice(2)).toEqual([
    'reminder cancelled superseded 2099-06-27',
    'first waiting',
    'reminder waiting 2099-06-27',
  ])
  await here.send()
  expect((await messagesOf('2031-03'))[3]).toBe('first sent')
  const again = await here.drop([changed], 'mensa-2031-03-c.csv')
  expect(await fateOf(again)).toEqual(['duplicate'])
})

test('a source that says the new date too sends nothing, and its word holds again', async () => {
  await postponed(4, '2031-04')
  const flow = await here.drop([child(4, { month: '2031-04', due: LATER })], 'mensa-2031-04-b.csv')
  expect(await fateOf(flow)).toEqual(['duplicate'])
  expect(await noticeOf('2031-04')).toBe(`open ${LATER}`)
  expect(await messagesOf('2031-04')).toHaveLength(3)
  const back = await here.drop([child(4, { month: '2031-04', due: DUE })], 'mensa-2031-04-c.csv')
  expect(await fateOf(back)).toEqual(['message'])
  expect(await noticeOf('2031-04')).toBe(`open ${DUE}`)
})

test('a third date of the source wins over the postponement', async () => {
  await postponed(5, '2031-05')
  const flow = await here.drop(
    [child(5, { month: '2031-05', due: '2099-09-30' })],
    'mensa-2031-05-b.csv',
  )
  expect(await fateOf(flow)).toEqual(['message'])
  expect(await noticeOf('2031-05')).toBe('open 2099-09-30')
  expect((await messagesOf('2031-05')).at(-1)).toBe('reminder waiting 2099-09-27')
})

test('moved back to the date of the source, nothing is postponed any more', async () => {
  await postponed(6, '2031-06')
  await postpone('2031-06', DUE)
  expect(await noticeOf('2031-06')).toBe(`open ${DUE}`)
  const flow = await here.drop([child(6, { month: '2031-06', due: DUE })], 'mensa-2031-06-b.csv')
  expect(await fateOf(flow)).toEqual(['duplicate'])
  expect((await postpone('2031-06', DUE)).unchanged).toEqual({ unchanged: 1 })
})

test('a first message that has not left says the new date when it does', async () => {
  const month = '2031-07'
  await here.drop([child(7, { month, due: DUE })], `mensa-${month}.csv`)
  await postpone(month, LATER)
  const bodies: string[] = []
  here.answer(({ path, body }) => {
    if (path === '/messages') bodies.push(body)
    return null
  })
  await here.send()
  here.answer(() => null)
  expect(await messagesOf(month)).toEqual([
    'first sent',
    'reminder cancelled postponed 2099-04-27',
    'reminder waiting 2099-06-27',
  ])
  expect(bodies).toHaveLength(1)
  expect(JSON.parse(bodies[0] as string).content).toMatchObject({
    due_date: '2099-06-30T21:59:59Z',
    markdown: expect.stringContaining('30 giugno 2099'),
  })
})

test('what was held because its due date had passed goes, once that is in time again', async () => {
  const month = '2031-08'
  const flow = await here.drop([child(8, { month, due: DUE })], `mensa-${month}.csv`)
  await here.query(
    `update messages set state = 'held', code = 'HOLD_DUE_DATE_PASSED'
     where flow_id = $1 and purpose = 'first'`,
    [flow],
  )
  await here.send()
  expect((await here.app.store.flows.get(flow)).state).toBe('incomplete')
  expect((await postpone(month, LATER)).released).toBe(1)
  expect((await here.app.store.flows.get(flow)).state).toBe('sending')
  await here.send()
  expect((await messagesOf(month))[0]).toBe('first sent')
  expect((await here.app.store.flows.get(flow)).state).toBe('sent')
})

test('what is settled or has no message left stays as it is, and is counted', async () => {
  const month = '2031-09'
  await here.drop(
    [9, 10, 11].map((n) => child(n, { month, due: DUE })),
    `mensa-${month}.csv`,
  )
  const [first] = await here.query<{ id: string }>(
    'select id from notices where emission = $1 order by id',
    [month],
  )
  const one: NoticeFilter = {
    name: { by: 'id', id: Number(first?.id) },
    institution: null,
    series: null,
  }
  const now = Temporal.Now.instant()
  await here.app.store.noticeDecisions.close(one, 'settled', act, now)
  const result = await postpone(month, LATER)
  expect(result).toMatchObject({ postponed: 2, unchanged: { settled: 1 }, planned: 2 })
})

test('a campaign’s message that waits says the new date too, by its own text', async () => {
  const month = '2031-10'
  await here.drop([child(12, { month, due: DUE })], `mensa-${month}.csv`)
  await here.query(
    `update messages m set purpose = 'campaign', mapping_version_id = n.mapping_version_id
     from notices n where n.id = m.notice_id and n.emission = $1 and m.purpose = 'first'`,
    [month],
  )
  await postpone(month, LATER)
  await here.send()
  expect((await messagesOf(month))[0]).toBe('campaign sent')
})
