import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaveOutConcerned } from '../../src/pipeline/release/override.ts'
import { checkFlow, releaseFlow } from '../../src/pipeline/release.ts'
import {
  canteenFile,
  canteenRow,
  feedOf,
  type GivenPipeline,
  givenPipeline,
  numbers,
} from './given.ts'
import { releasePortsOf } from './given-release.ts'

// Leaving out is done in pieces: the process may end between two of them, and of what is left the
// share may be too small to keep anything back.

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const asked = { code: 'FLOW_PAST_DUE', actor: 'anna', origin: 'cli', note: 'scadute' } as const

/** Four of twelve are past due; who leaves them out is broken off after half of them. */
async function brokenOff(name: string): Promise<number> {
  const rows = [
    ...numbers(4).map((n) => canteenRow(n, { due: '2026-02-15' })),
    ...numbers(8, 50).map((n) => canteenRow(n, { due: '2026-04-30' })),
  ]
  const feed = feedOf('mensa', { institution: name })
  const id = (await given.take(feed, 'a', canteenFile(rows))).flowId as number
  expect(await releaseFlow(id, releasePortsOf(given))).toBe(false)
  const onProgress = () => {
    throw new Error('broken off')
  }
  await expect(
    leaveOutConcerned(id, { ...asked, onProgress }, releasePortsOf(given)),
  ).rejects.toThrow('broken off')
  await given.pool.query(
    `with back as (select id, notice_id from messages
       where flow_id = $1 and state = 'cancelled' order by id limit 2),
     open as (update notices set state = 'open', ended_at = null, ended_by = null
       where id in (select notice_id from back))
     update messages set state = 'waiting', code = null, closed_at = null
     where id in (select id from back)`,
    [id],
  )
  return id
}

const account = (id: number) => given.store.flows.account(id)

test('who looks at the flow next leaves out the rest before anything of it goes', async () => {
  const id = await brokenOff('paese-a')
  expect(await account(id)).toMatchObject({ cancelled: 2, waiting: 10 })
  expect(await checkFlow(id, releasePortsOf(given))).toMatchObject({ led: 'released' })
  expect(await account(id)).toMatchObject({ cancelled: 4, waiting: 8 })
  const acts = await given.store.acts.ofFlow(id)
  expect(acts.map(({ actor, verb, note }) => [actor, verb, note]).slice(-3)).toEqual([
    ['anna', 'left-out FLOW_PAST_DUE', '4: scadute'],
    ['staffetta', 'left-out FLOW_PAST_DUE', '2'],
    ['staffetta', 'approved', null],
  ])
})

test('who had looked at it before lets nothing go meanwhile', async () => {
  const id = await brokenOff('paese-b')
  const seen = await given.store.flowChecks.get(id)
  const approval = { actor: 'staffetta', origin: 'daemon', verb: 'approved', seen }
  expect(await given.store.flows.release(id, approval, given.clock.now)).toBe(false)
  const terms = { approval: 'one', approvalHours: 24 } as const
  const mailOf = () => ({ recipients: [], subject: '', body: '' })
  expect(await given.store.approvals.ask(id, terms, mailOf, given.clock.now)).toBe(false)
  expect((await given.store.flows.get(id)).reason).toBe('blocked')
})
