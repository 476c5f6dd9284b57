// Of the first instalments that an installation ever reads PostgreSQL knows nothing: its statistics
// are of notices without groups. What belongs together is found by its group all the same.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeNotices, settleGroups } from '../../src/store/closings.ts'
import { readsOf } from './explained.ts'
import { type GivenStore, givenStore, now } from './given.ts'

const DEBTS = 600
/** The whole, and four instalments. */
const PARTS = 5
const place = { institutionId: 1, seriesId: 1 }
const ids = Array.from({ length: DEBTS * PARTS }, (_, n) => 1000 + n)
const wholes = ids.filter((id) => id % PARTS === 0)

let given: GivenStore

const add = (from: number, count: number) =>
  given.pool.query(
    `insert into notices (id, institution_id, series_id, key_hash, group_hash, state, flow_id,
       mapping_version_id, service, content_hash, matter_hash, fiscal_code_hash, sealed,
       created_at, changed_at, pays)
     select n, 1, 1, int8send(n), int8send(n / $3), 'open', 1, 1, 'mensa', '', '', '', '', $4, $4,
       case n % $3 when 0 then 'whole' else 'part' end
     from generate_series($1::int, $2::int) n`,
    [from, from + count - 1, PARTS, now.toString()],
  )

beforeAll(async () => {
  given = await givenStore()
  await given.pool.query('alter table notices set (autovacuum_enabled = false)')
  await add(1, 300)
  await given.pool.query('update notices set group_hash = null, series_id = 2, pays = null')
  await given.pool.query('analyze notices')
  await add(1000, DEBTS * PARTS)
})
afterAll(() => given.close())

async function noticesRead(work: (pool: GivenStore['pool']) => Promise<unknown>): Promise<number> {
  const reads = await readsOf(given.pool, work)
  return reads.reduce((sum, { table, rows }) => sum + (table === 'notices' ? rows : 0), 0)
}

describe('the first instalments', () => {
  it('are settled with what was paid before, reading each group and no more', async () => {
    const read = await noticesRead((pool) =>
      settleGroups(pool, place, { settled: [], open: ids }, now),
    )
    expect(read).toBeLessThan(ids.length * (PARTS + 2))
  })

  it('end with the whole that is paid, reading each group and no more', async () => {
    const closing = { institutionId: 1, seriesIds: [1], by: 'id', names: wholes } as const
    const read = await noticesRead((pool) =>
      closeNotices(pool, { ...closing, as: 'settled', endedBy: 'settlement' }, now),
    )
    expect(read).toBeLessThan(ids.length * (PARTS + 2))
    const open = `select count(*) from notices where series_id = 1 and state = 'open'`
    expect(await given.count(open)).toBe(0)
  })
})
