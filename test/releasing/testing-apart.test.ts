import { afterAll, beforeAll, expect, it } from 'vitest'
import type { NewMessage } from '../../src/domain/new-message.ts'
import { call } from '../cli/call-command.ts'
import { child, INSTITUTION, type Installation, openInstallation, parent } from '../installation.ts'

// What is done about citizens never meets a test message, and what a tester is sent is nobody's.

const ADA = { name: 'Ada', fiscalCode: parent(1), email: 'ada@comune.example' }
const REAL = '303202603000000000'

let here: Installation
let flow: number
const submitted: NewMessage[] = []

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      'staffetta.yaml': { console: { listen: '127.0.0.1:0', url: 'https://comune.example' } },
      [`${INSTITUTION}/institution.yaml`]: { testers: [ADA] },
      [`${INSTITUTION}/feeds/mensa.yaml`]: {
        release: { approval: 'one', realNoticeNumbers: true },
      },
    },
  })
  flow = await here.drop([child(0), child(1)])
  // The tester is a citizen too, who does not want to be written to.
  const act = { actor: 'ufficio', origin: 'cli', note: 'richiesta scritta' }
  const { doNotContact } = here.app.store
  await doNotContact.block(INSTITUTION, [ADA.fiscalCode], act, Temporal.Now.instant())
  here.answer(({ path, body }) => {
    if (path !== '/messages') return null
    submitted.push(JSON.parse(body))
    return submitted.length === 1 ? { connection: 'reset-after' } : null
  })
  const asked = { actor: 'ufficio', origin: 'cli', note: null }
  const sent = await here.app.flows.sendTest(flow, asked, { testers: [] })
  expect(sent.kind).toBe('done')
  await here.send()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const run = (...args: string[]) => call(here, [...args])

it('a tester who is not to be contacted as a citizen is sent the test that they agreed to', () => {
  expect(submitted.length).toBeGreaterThan(1)
  expect(new Set(submitted.map(({ fiscal_code: code }) => code))).toEqual(new Set([ADA.fiscalCode]))
})

it('where the feed allows it, the real notice numbers are shown', () => {
  const numbers = submitted.map(({ content }) => content.payment_data?.notice_number)
  expect(numbers).toContain(REAL)
  expect(numbers.every((number) => number?.startsWith('303'))).toBe(true)
})

it('one whose answer was lost waits for nobody: the batch alone says so', async () => {
  const list = await run('resolve', '--list', '--json')
  expect(JSON.parse(list.out || '[]')).toEqual(expect.not.arrayContaining([expect.anything()]))
  await here.app.tellHeld()
  expect(await here.query('select from told_holds')).toEqual([])
  const { out } = await run('flows', 'test', String(flow), '--lang', 'en')
  expect(out).toMatch(/Message \d to Ada was not sent: /)
})

it('is in no schedule, in no search by its number or its recipient', async () => {
  const found = async (name: Parameters<typeof list>[0]) => (await list(name)).all
  const list = (name: { by: 'noticeNumber'; noticeNumber: string }) =>
    here.app.store.notices.list({ institution: INSTITUTION, series: null, name }, 10)
  expect(await found({ by: 'noticeNumber', noticeNumber: REAL })).toBe(1)
  const schedule = await run('schedule', '--json')
  expect(schedule.out).not.toContain('"test"')
})

it('a message that is taken out of the flow leaves the answers as they are', async () => {
  const before = await here.app.flows.testOf(flow)
  await here.query(
    `update messages set state = 'cancelled', code = 'settled'
     where id = (select min(id) from messages where flow_id = $1)`,
    [flow],
  )
  expect(await here.app.flows.testOf(flow)).toEqual(before)
})

it('a test of a test is refused', async () => {
  const { testFlowId } = (await here.app.flows.testState(flow))!
  const { code, err } = await run('flows', 'test', String(testFlowId), '--send')
  expect(code).toBe(1)
  expect(err).not.toBe('')
})
