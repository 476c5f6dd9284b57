// What waits keeps its civil time when the tables of time zones are newer than its plan. Real
// tables; that a zone had other rules is played by moving the instants that the plan had found.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  canteenFile,
  canteenRow,
  feedOf,
  type GivenPipeline,
  givenPipeline,
} from '../pipeline/given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

/** The mapping's one reminder, at 09:30 three days before: of the second, in summer time. */
const file = canteenFile([
  canteenRow(1, { due: '2026-03-20' }),
  canteenRow(2, { due: '2026-04-30' }),
])

async function release(flowId: number): Promise<void> {
  const approval = { actor: 'staffetta', origin: 'daemon', verb: 'approved' }
  await given.store.flows.release(flowId, approval, given.clock.now)
}

async function planned(flowId: number): Promise<string[]> {
  const { rows } = await given.pool.query<{ said: string }>(
    `select to_char(send_at at time zone 'UTC', 'MM-DD HH24:MI') as said from messages
     where flow_id = $1 and purpose = 'reminder' order by send_at`,
    [flowId],
  )
  return rows.map(({ said }) => said)
}

/** As an older Node had planned it, for which the zone had no summer time. */
async function plannedLongAgo(flowId: number): Promise<void> {
  await given.pool.query(
    `update messages set send_at = (civil_at - interval '1 hour') at time zone 'UTC'
     where flow_id = $1 and civil_at is not null`,
    [flowId],
  )
  await given.pool.query(
    `update flows set calendar_version = '2 · tz 1999a · rules 0' where id = $1`,
    [flowId],
  )
}

test('a plan made by older tables keeps its civil times, and is woken for them', async () => {
  const { flowId } = await given.take(feedOf('mensa'), 'uno.csv', file)
  const id = flowId as number
  await release(id)
  await plannedLongAgo(id)
  expect(await planned(id)).toEqual(['03-17 08:30', '04-27 08:30'])
  const before = (await given.wakes()).length
  const { civilTimes, acts, flows } = given.store
  expect(await civilTimes.keep('2026c', given.clock.now)).toEqual({ flows: 1, messages: 1 })
  expect(await planned(id)).toEqual(['03-17 08:30', '04-27 07:30'])
  expect((await given.wakes()).slice(before)).toEqual(['send esempio 2026-04-27T07:30:00Z'])
  expect((await acts.ofFlow(id)).map(({ verb }) => verb)).toContain(
    'moved 1 messages with their time zone, Europe/Rome',
  )
  expect((await flows.get(id)).state).toBe('active')
})

test('is looked at once, and never where the tables are the same', async () => {
  expect(await given.store.civilTimes.keep('2026c', given.clock.now)).toEqual({
    flows: 0,
    messages: 0,
  })
})

test('leaves alone what waits for another reason than its plan', async () => {
  const { flowId } = await given.take(feedOf('mensa', { institution: 'altro' }), 'a.csv', file)
  const id = flowId as number
  await plannedLongAgo(id)
  // The first was due, and found its feed closed until tomorrow.
  given.clock.now = Temporal.Instant.from('2026-03-17T09:00:00Z')
  await given.pool.query(
    `update messages set send_at = '2026-03-18T07:00:00Z' where flow_id = $1
       and civil_at < '2026-04-01'`,
    [id],
  )
  await given.store.civilTimes.keep('2026c', given.clock.now)
  expect(await planned(id)).toEqual(['03-18 07:00', '04-27 07:30'])
})
