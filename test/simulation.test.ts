// Random lives of one institution's canteen: drops that are new, repeated, changed, damaged or
// broken off, payments, messages that leave, days that pass. A model of a few lines says how each
// row must end; after every step the invariants of the design are asked of the database.
// A failure prints its seed and path: give them to `fc.assert` to see the same life again.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MapFeed, MapPorts } from '../src/pipeline/map.ts'
import {
  canteenFile,
  canteenRow,
  feedOf,
  type GivenPipeline,
  givenPipeline,
  settlementFeed,
} from './pipeline/given.ts'
import { now } from './store/given.ts'

interface Row {
  child: number
  cents: string
  meals: string
  isBad: boolean
}

type Step =
  | { kind: 'drop'; rows: Row[]; end: 'whole' | 'damaged' | 'broken-off' }
  | { kind: 'again' }
  | { kind: 'pay'; children: number[]; as: 'settled' | 'cancelled' }
  | { kind: 'leave'; share: number; state: 'sent' | 'held' | 'uncertain' }
  | { kind: 'days'; days: number }

/** What the institution knows of a child's bill. */
interface Bill {
  cents: string
  meals: string
  isOpen: boolean
}

interface Life {
  feed: MapFeed
  bills: Map<number, Bill>
  /** Children whose bill was closed before it came. */
  early: Set<number>
  /** The last whole drop. */
  last: Row[]
  drops: number
}

const child = fc.nat(5)
const row = fc.record({
  child,
  cents: fc.constantFrom('9000', '9000', '9500', '0'),
  meals: fc.constantFrom('20', '21'),
  isBad: fc.oneof({ arbitrary: fc.constant(false), weight: 6 }, fc.constant(true)),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('drop' as const),
      rows: fc.array(row, { maxLength: 8 }),
      end: fc.constantFrom('whole', 'whole', 'whole', 'damaged', 'broken-off'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'again' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      children: fc.array(child, { maxLength: 3 }),
      as: fc.constantFrom('settled', 'cancelled'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('leave' as const),
      share: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom('sent', 'held', 'uncertain'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('days' as const), days: fc.nat(40) }) },
)

let given: GivenPipeline
let lives = 0
let keys = 0
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

test('whatever comes, every account closes, and nobody is told twice or after paying', async () => {
  const sizes = fc.constantFrom(1, 3, 1000)
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(step, { minLength: 3, maxLength: 8 }), async (size, steps) => {
      given.clock.now = now
      const feed = feedOf('mensa', { institution: `comune-${++lives}`, batchRecords: size })
      const life: Life = { feed, bills: new Map(), early: new Set(), last: [], drops: 0 }
      for (const one of steps) {
        await live(life, one)
        await expectInvariants(life)
      }
    }),
    { numRuns: 40, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
  )
})

async function live(life: Life, one: Step): Promise<void> {
  switch (one.kind) {
    case 'drop':
      return takeDrop(life, one.rows, one.end)
    case 'again':
      return takeDrop(life, life.last, 'whole')
    case 'pay':
      return pay(life, one.children, one.as)
    case 'leave':
      return leave(life, one.share, one.state)
    case 'days':
      given.clock.now = given.clock.now.add({ hours: 24 * one.days })
  }
}

async function takeDrop(
  { feed, ...life }: Life,
  rows: Row[],
  end: 'whole' | 'damaged' | 'broken-off',
): Promise<void> {
  const lines = rows.map(({ child: n, cents, meals, isBad }) =>
    canteenRow(n, { cents, meals, ...(isBad ? { due: '2026-02-31' } : {}) }),
  )
  const bytes = canteenFile(lines) + (end === 'damaged' ? '"' : '')
  const dropId = await given.receive(feed, `drop-${++keys}`, bytes)
  if (end === 'broken-off') {
    await given.map(dropId, feed, breaking(given.ports)).catch(expectBroken)
  }
  const result = await given.map(dropId, feed)
  const flowId = await given.count('select id from flows where drop_id = $1', dropId)
  const taken = { dropId, flowId, result }
  if (end === 'damaged') {
    expect(result.kind).toBe('failed')
    expect(await given.accountOf(taken, 0)).toEqual({})
    return
  }
  const { waiting = 0, ...ended } = await given.accountOf(taken, rows.length)
  expect({ waiting, ...ended }).toEqual(expectedOf(life, rows))
  life.last.splice(0, Number.POSITIVE_INFINITY, ...rows)
}

function expectBroken(error: unknown): void {
  expect(error).toMatchObject({ message: 'the database went away' })
}

/** Ports that fail when the lot is to be committed: all of it has been written by then. */
function breaking(ports: MapPorts): MapPorts {
  return {
    ...ports,
    async openLot(target) {
      const lot = await ports.openLot(target)
      const commit = async () => {
        throw new Error('the database went away')
      }
      return lot && { ...lot, commit }
    },
  }
}

/** The model: how the rows of one drop end, one after the other. Counts that are not zero. */
function expectedOf(
  { bills, early }: Pick<Life, 'bills' | 'early'>,
  rows: Row[],
): Record<string, number> {
  const counts: Record<string, number> = { read: rows.length, waiting: 0 }
  const seen = new Map<number, Row>()
  const count = (term: string) => {
    counts[term] = (counts[term] ?? 0) + 1
  }
  for (const one of rows) {
    const bill = bills.get(one.child)
    const first = seen.get(one.child)
    if (one.cents === '0') count('skipped')
    else if (one.isBad) count('refused')
    else if (first) {
      count(first.cents === one.cents && first.meals === one.meals ? 'duplicate' : 'refused')
    } else {
      seen.set(one.child, one)
      const { cents, meals } = one
      if (early.delete(one.child)) {
        count('skipped')
        bills.set(one.child, { cents, meals, isOpen: false })
        continue
      }
      const isQuiet = bill !== undefined && (!bill.isOpen || bill.cents === one.cents)
      count(isQuiet ? 'duplicate' : 'waiting')
      bills.set(one.child, { cents, meals, isOpen: bill?.isOpen ?? true })
    }
  }
  if (rows.length === 0) delete counts['read']
  return counts
}

async function pay({ feed, bills, early }: Life, children: number[], as: 'settled' | 'cancelled') {
  const payments = settlementFeed(as, { institution: feed.institution })
  const rows = children.map((n) => `MENSA-${n},2026-03`)
  await given.take(payments, `paid-${++keys}`, ['PRATICA,MESE', ...rows, ''].join('\n'))
  for (const n of children) {
    const bill = bills.get(n)
    if (bill) bills.set(n, { ...bill, isOpen: false })
    else early.add(n)
  }
}

/** Some of what waits and is due leaves, or is held. */
async function leave({ feed }: Life, share: number, state: string): Promise<void> {
  await given.pool.query(
    `update messages m set state = $3 from institutions i
     where i.id = m.institution_id and i.name = $1 and m.state = 'waiting'
       and m.send_at <= $4 and m.id % $2 = 0`,
    [feed.institution, share, state, given.clock.now.toString()],
  )
}

/** Each is a number that must be 0, whatever happened. */
const INVARIANTS: Record<string, string> = {
  'records that are not in the account': `select count(*) from flows f join drops d on d.id = f.drop_id
    where f.institution_id = $1 and d.state = 'mapped' and d.records <>
      (select count(*) from source_records r where r.flow_id = f.id)`,
  'records without their first message': `select count(*) from source_records r
    left join messages m on m.id = r.message_id and m.flow_id = r.flow_id and m.purpose = 'first'
      and m.notice_id = r.notice_id
    where r.institution_id = $1 and (r.fate = 'message') <> (m.id is not null)`,
  'notices with two first messages open': `select count(*) from (
    select notice_id from messages where institution_id = $1 and purpose = 'first'
      and state in ('waiting', 'held', 'claimed', 'sending') group by 1 having count(*) > 1) twice`,
  'reminders that wait twice': `select count(*) from (
    select notice_id, template from messages where institution_id = $1 and state = 'waiting'
    group by 1, 2 having count(*) > 1) twice`,
  'messages that wait though nothing is owed': `select count(*) from messages m
    join notices n on n.id = m.notice_id where m.institution_id = $1
      and m.state in ('waiting', 'held') and n.state <> 'open'`,
  'messages that wait in a flow that was superseded': `select count(*) from messages m
    join notices n on n.id = m.notice_id where m.institution_id = $1
      and m.state in ('waiting', 'held') and n.flow_id <> m.flow_id`,
  'keys with two notices': `select count(*) - count(distinct (series_id, key_hash)) from notices
    where institution_id = $1`,
  'flows that show nothing of a drop that was mapped': `select count(*) from flows f
    join drops d on d.id = f.drop_id where f.institution_id = $1
      and (d.state = 'mapped') <> (f.state = 'active')`,
}

async function expectInvariants({ feed, bills }: Life): Promise<void> {
  const { institution } = feed
  const id = await given.count('select id from institutions where name = $1', institution)
  for (const [what, sql] of Object.entries(INVARIANTS)) {
    expect(await given.count(sql, id), what).toBe(0)
  }
  expect(await given.changedTexts(feed), 'texts that differ from what was checked').toEqual([])
  const { rows } = await given.pool.query(
    `select amount_cents::text as cents, state = 'open' as "isOpen" from notices
     where institution_id = $1 order by 1, 2`,
    [id],
  )
  const known = [...bills.values()].map(({ cents, isOpen }) => `${cents} ${isOpen}`)
  expect(rows.map((one) => `${one.cents} ${one.isOpen}`).sort()).toEqual(known.sort())
}
