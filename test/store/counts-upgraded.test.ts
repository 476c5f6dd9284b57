import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { recount } from '../../scripts/recount.ts'
import { canteenFile, canteenRow, canteenRows, feedOf, givenPipeline } from '../pipeline/given.ts'

// A database that had flows before counts were kept: the migration counts them once.

it('a database of before has exact counts after its migration', async () => {
  await using given = await givenPipeline().then((one) => ({
    ...one,
    [Symbol.asyncDispose]: () => one.close(),
  }))
  const rows = [...canteenRows(1, 2, 3, 4, 5, 6, 7), canteenRow(90, { cents: '0' }), 'short']
  await given.take(feedOf('mensa'), 'drop', canteenFile(rows))
  await given.pool.query(`
    update messages m set state = s.state, code = s.code, closed_at = s.at, sent_at = s.at
    from (select id, (array['sent', 'held', 'claimed', 'cancelled', 'uncertain'])[1 + id % 5],
        (array[null, 'HOLD_LATE', null, 'settled', 'UNCERTAIN'])[1 + id % 5],
        case when id % 5 in (0, 3) then now() end from messages) s (id, state, code, at)
    where m.id = s.id`)
  await given.pool.query('truncate counts, count_changes')
  expect(await recount(given.pool)).not.toEqual([])
  const [first, second] = await countings()
  await given.pool.query(first)
  await given.pool.query(second)
  expect(await recount(given.pool)).toEqual([])
})

/** What the migration counts, statement by statement. */
async function countings(): Promise<[string, string]> {
  const path = '../../src/store/migrations/2026-11-23T0340-counts.sql'
  const text = await readFile(new URL(path, import.meta.url), 'utf8')
  const counted = text.split(/;\n/).filter((one) => /^insert into counts\s/m.test(one))
  const own = counted.filter((one) => /from (messages m group|\(select institution_id)/.test(one))
  if (own.length !== 2) throw new Error(`the migration counts by ${own.length} statements`)
  return own as [string, string]
}
