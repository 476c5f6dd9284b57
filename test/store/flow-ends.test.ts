import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import { createDoNotContact } from '../../src/store/do-not-contact.ts'
import { createInstitutions } from '../../src/store/institutions.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  settlementFeed,
} from '../pipeline/given.ts'
import { now } from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

let runs = 0
let feed: MapFeed
let flowId: number
beforeEach(async () => {
  const [institution, account] = [`comune-${++runs}`, `conto-${runs}`]
  feed = { ...feedOf('mensa', { institution }), account }
  const taken = await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
  flowId = taken.flowId as number
  await given.store.flows.release(flowId, { ...by, verb: 'approved' }, now)
  await given.pool.query(
    `update messages set state = case when row_number = 1 then 'held' else 'sent' end
     from (select id as first, row_number() over (order by notice_id) from messages
       where flow_id = $1 and purpose = 'first') firsts where id = first`,
    [flowId],
  )
  await given.store.flows.closeEnded(account, now)
  expect(await standing()).toBe('incomplete errors')
})

const by = { actor: 'root', origin: 'cli' }
const act = { ...by, note: 'pagata in banca' }

async function standing(): Promise<string> {
  const { state, reason } = await given.store.flows.get(flowId)
  return [state, reason].filter(Boolean).join(' ')
}

const endings: [string, () => Promise<unknown>][] = [
  [
    'a person who settles its notice',
    () => {
      const name = { by: 'key', key: 'MENSA-1|2026-03' } as const
      const filter = { name, institution: feed.institution, series: null }
      return given.store.noticeDecisions.close(filter, 'settled', act, now)
    },
  ],
  [
    'its payment',
    () => {
      const paying = settlementFeed('settled', { institution: feed.institution })
      return given.take(paying, 'paid', 'PRATICA,MESE\nMENSA-1,2026-03\n')
    },
  ],
  [
    'a change of its record',
    () => given.take(feed, 'b', canteenFile([canteenRow(1, { cents: '9900' })])),
  ],
  [
    'a snapshot that does not name it',
    () => {
      const missing = { as: 'settled', atMostPercent: 100 }
      const snapshot = feedWith('mensa', { delivery: 'snapshot', missing }, feed)
      return given.take(snapshot, 'c', canteenFile([canteenRow(2)]))
    },
  ],
  [
    'its recipient, who is not to be contacted any more',
    () => {
      const list = createDoNotContact(given.pool, given.vault, createInstitutions(given.pool))
      return list.block(feed.institution, [contact(1).fiscalCode], act, now)
    },
  ],
]

test.each(endings)('a flow that was incomplete for what it held is sent, by %s', async (_, end) => {
  await end()
  expect(await standing()).toBe('sent')
})

test('a flow is as incomplete as before where only another notice is settled', async () => {
  const name = { by: 'key', key: 'MENSA-2|2026-03' } as const
  const filter = { name, institution: feed.institution, series: null }
  await given.store.noticeDecisions.close(filter, 'settled', act, now)
  expect(await standing()).toBe('incomplete errors')
})
