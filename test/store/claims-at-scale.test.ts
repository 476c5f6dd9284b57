import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pool } from '../../src/store/database.ts'
import { createFlows } from '../../src/store/flows.ts'
import { createInstitutions } from '../../src/store/institutions.ts'
import type { Lease } from '../../src/store/leases.ts'
import { createMessages } from '../../src/store/messages.ts'
import { type GivenStore, givenStore, now } from './given.ts'
import { addFlow } from './given-messages.ts'

const FLOWS = 2_000
const REMINDERS_A_FLOW = 100
const DUE = 40
const LIMIT = 30
const ACCOUNT = 'esempio'

let given: GivenStore

/** Plan nodes, as `explain (analyze, format json)` gives them. */
interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

/** Far reminders in many released flows, and one flow with something due. */
beforeAll(async () => {
  given = await givenStore()
  const { pool } = given
  const one = await addFlow(given, { messages: 1, sendAt: now.add({ hours: 2_000 }) })
  await pool.query(
    `insert into flows (institution_id, origin, service, account, state, zone, calendar_version,
       created_at, released_at)
     select institution_id, origin, service, account, 'sent', zone, calendar_version, created_at,
       released_at from flows, generate_series(1, $2::int) where id = $1`,
    [one, FLOWS],
  )
  await pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at, state,
       text_hash)
     select f.id * 1000000 + n, 1, f.id, f.id * 1000000 + n, 'reminder', 1,
       $1::timestamptz + n * interval '1 hour', 'waiting', ''
     from flows f, generate_series(1, $2::int) n`,
    [now.add({ hours: 1_000 }).toString(), REMINDERS_A_FLOW],
  )
  await pool.query(`update flows set state = 'sent'`)
  await pool.query(
    `insert into flow_wakes (flow_id, account, at)
     select flow_id, $1, min(send_at) from messages group by flow_id`,
    [ACCOUNT],
  )
  await addFlow(given, { messages: DUE })
}, 60_000)
afterAll(() => given.close())

/** Has the statements of `work` explained as they run: the nodes that read messages. */
async function readsOfMessages(work: (pool: Pool) => Promise<unknown>): Promise<PlanNode[]> {
  const nodes: PlanNode[] = []
  const explaining = Object.create(given.pool, {
    query: {
      async value(text: string, values: unknown[]) {
        const { rows } = await given.pool.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
          `explain (analyze, format json) ${text}`,
          values,
        )
        nodes.push(...nodesOf(rows[0]?.['QUERY PLAN'][0]?.Plan as PlanNode))
        return { rows: [] }
      },
    },
  })
  await work(explaining)
  return nodes.filter((node) => node['Relation Name'] === 'messages')
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)]
}

function rowsOf(nodes: PlanNode[]): number {
  const each = (node: PlanNode) =>
    (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
  return nodes.reduce((sum, node) => sum + each(node), 0)
}

describe.each([
  ['before the planner has counted them', 'select'],
  ['once the planner has counted them', 'analyze'],
])('%s,', (_moment, statement) => {
  beforeAll(async () => {
    await given.pool.query(statement)
    await given.pool.query(`update messages set state = 'waiting' where purpose = 'first'`)
  })
  describe(`with ${FLOWS * REMINDERS_A_FLOW} reminders pending in ${FLOWS} flows`, () => {
    const held = <T>(work: (lease: Lease) => Promise<T>) =>
      given.store.leases.hold(`account/${ACCOUNT}`, work)

    it.each<[string, number, (pool: Pool) => Promise<unknown>]>([
      [
        'the sweep for accounts with work',
        10,
        (pool) => createMessages(pool, given.vault).accountsWithWork(now),
      ],
      [
        'a claim',
        10 * LIMIT,
        (pool) =>
          held((lease) => createMessages(pool, given.vault).claim(ACCOUNT, lease, LIMIT, now)),
      ],
      [
        'the recovery of what another left behind',
        4 * LIMIT,
        (pool) =>
          held((lease) => createMessages(pool, given.vault).recover(ACCOUNT, lease, [], now)),
      ],
      [
        'the closing of flows that have ended',
        10,
        (pool) => {
          const enqueue = async () => {}
          const flows = createFlows(pool, given.vault, createInstitutions(pool), enqueue)
          return flows.closeEnded(ACCOUNT, now)
        },
      ],
    ])('%s reads at most %i messages, and none by walking the table', async (_, most, work) => {
      const reads = await readsOfMessages(work)
      expect(reads.length).toBeGreaterThan(0)
      expect(reads.filter((node) => node['Node Type'] === 'Seq Scan')).toEqual([])
      expect(rowsOf(reads)).toBeLessThanOrEqual(most)
    })
  })
})
