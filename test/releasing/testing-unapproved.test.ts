import { afterAll, beforeAll, expect, it } from 'vitest'
import { call } from '../cli/call-command.ts'
import { child, INSTITUTION, type Installation, openInstallation, parent } from '../installation.ts'

// A feed that nobody approves and that wants a test: its testers alone keep its flows back.

const ADA = { name: 'Ada', fiscalCode: parent(9001), email: 'ada@comune.example' }
const ANSWERED = { tester: 'Ada', item: null }

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      'staffetta.yaml': { console: { listen: '127.0.0.1:0', url: 'https://comune.example' } },
      [`${INSTITUTION}/institution.yaml`]: { testers: [ADA] },
      [`${INSTITUTION}/feeds/mensa.yaml`]: { release: { approval: 'none', test: 'required' } },
    },
  })
  flow = await here.drop([child(0), child(1)])
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const asked = { actor: 'ufficio', origin: 'cli', note: null }
const standing = async () => {
  const { state, reason, problem } = await here.app.store.flows.get(flow)
  return { state, reason, code: problem?.code }
}

/** What the daemon does of the jobs that were written. */
async function work(): Promise<number> {
  const jobs = await here.query<{ id: string }>(
    `delete from pgboss.job where name = 'release' returning data->>'id' as id`,
  )
  for (const { id } of jobs) await here.app.release(Number(id))
  return jobs.length
}

it('is kept back until its testers have confirmed it, and says there was no test', async () => {
  expect(await standing()).toEqual({
    ...{ state: 'active', reason: 'blocked', code: 'FLOW_TEST_MISSING' },
  })
  const { out } = await call(here, ['flows', 'show', String(flow), '--lang', 'it'])
  expect(out).toContain('nessuna è stata mandata')
})

it('is looked at anew with what a tester has reported', async () => {
  expect(await here.app.flows.sendTest(flow, asked, { testers: [] })).toMatchObject({
    kind: 'done',
  })
  await here.send()
  await work()
  const said = { ...ANSWERED, answer: 'problem' as const, asked: { ...asked, note: 'il mese' } }
  expect(await here.app.flows.writeTestAnswer(flow, said)).toMatchObject({ kind: 'done' })
  expect(await work()).toBe(1)
  expect(await standing()).toMatchObject({ reason: 'blocked', code: 'FLOW_TEST_REPORTED' })
})

it('goes by itself with the last confirmation, once', async () => {
  const said = { ...ANSWERED, answer: 'ok' as const, asked }
  expect(await here.app.flows.writeTestAnswer(flow, said)).toMatchObject({ kind: 'done' })
  expect(await standing()).toMatchObject({ reason: 'blocked' })
  expect(await work()).toBe(1)
  expect(await standing()).toMatchObject({ reason: 'approved' })
  const mails = await here.query(`select from staff_mails where subject like 'Flusso fermo%'`)
  expect(mails).toHaveLength(1)
})

it('the flow of the test closes, although no record made it', async () => {
  const tested = (await here.app.flows.testState(flow))!
  expect(await here.app.store.flows.account(tested.testFlowId)).toMatchObject({
    ...{ read: tested.items.length, sent: tested.items.length },
  })
  const { out } = await call(here, ['flows', 'show', String(tested.testFlowId)])
  expect(out).toContain('The account closes.')
})
