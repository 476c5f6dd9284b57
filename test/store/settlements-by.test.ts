// What a settlement names and how: by notice number, by recipient, by what a field says, before the
// bill is there, and for the single payment of a group. Through the whole stage.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  settlementFeed,
  settlementWith,
} from '../pipeline/given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

let institutions = 0
const canteen = (changes: Partial<MapFeed> = {}): MapFeed =>
  feedOf('mensa', { institution: `comune-${++institutions}`, ...changes })

const numberOf = (n: number) => `303202603${String(n).padStart(9, '0')}`

/** Receipts of payments, as a node tells them: notice number and outcome. */
const receiptsOf = ({ institution }: MapFeed, rest: object = {}) => {
  const as = { field: 'esito', settled: ['0', 'PAGATO'], cancelled: ['stornato'], ignore: [1, ''] }
  const fields = {
    avviso: { column: 'AVVISO', type: 'noticeNumber' },
    esito: { column: 'ESITO', type: 'text', optional: true },
  }
  const how = { by: 'noticeNumber', key: ['avviso'], as, ...rest }
  return settlementWith(fields, how, { institution })
}
const receiptFile = (...rows: [number, string][]) =>
  ['AVVISO,ESITO', ...rows.map(([n, said]) => `${numberOf(n)},${said}`), ''].join('\n')

async function states({ institution }: MapFeed): Promise<string[]> {
  const { rows } = await given.pool.query<{ state: string }>(
    `select n.state from notices n join institutions i on i.id = n.institution_id
     where i.name = $1 order by n.id`,
    [institution],
  )
  return rows.map(({ state }) => state)
}

async function countsOf(dropId: number) {
  const { rows } = await given.pool.query(
    'select records, refused, settled from drops where id = $1',
    [dropId],
  )
  const { records, refused, settled } = rows[0]
  return { read: Number(records), refused: Number(refused), ...settled }
}

describe('a settlement by notice number', () => {
  test('closes by what a field says, in whatever spelling, and counts every row once', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2, 3, 4)))
    const rows: [number, string][] = [
      ...([1, 2, 1] as const).map((n): [number, string] => [n, n === 2 ? ' Stornato ' : 'pagato']),
      ...([
        [3, '1'],
        [4, ''],
        [9, '0'],
        [4, 'boh'],
      ] as [number, string][]),
    ]
    const { dropId } = await given.take(receiptsOf(feed), 'rt', receiptFile(...rows))
    expect(await states(feed)).toEqual(['settled', 'cancelled', 'open', 'open'])
    expect(await countsOf(dropId)).toEqual({
      ...{ read: 7, closed: 2, before: 1, unknown: 1, ignored: 2, refused: 1, notices: 2 },
    })
  })

  test('finds the number that a notice has now, also one that changed silently', async () => {
    const feed = feedWith('mensa', { changesMatter: [] }, canteen())
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    const numbered = [canteenRow(1, { notice: numberOf(7) }), canteenRow(2)]
    await given.take(feed, 'b', canteenFile(numbered))
    await given.take(receiptsOf(feed), 'rt', receiptFile([1, '0'], [7, '0']))
    expect(await states(feed)).toEqual(['settled', 'open'])
  })

  test('never takes an empty field for a payment, whatever else means paid', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    const as = { field: 'esito', otherwise: 'settled' }
    const { dropId } = await given.take(
      receiptsOf(feed, { as }),
      'rt',
      receiptFile([1, ''], [2, '2026-03-01']),
    )
    expect(await states(feed)).toEqual(['open', 'settled'])
    expect(await countsOf(dropId)).toMatchObject({ closed: 1, refused: 1 })
  })
})

describe('a settlement by fiscal code', () => {
  const fields = {
    persona: { column: 'CF', type: 'fiscalCode', notPersons: 'skip', wrongCheck: 'refuse' },
  }
  const deceased = ({ institution }: MapFeed, series: string[]) =>
    settlementWith(
      fields,
      { by: 'fiscalCode', key: ['persona'], as: 'cancelled', series },
      { institution },
    )

  test('closes all that the person has in the series that it names, and no other', async () => {
    const feed = canteen()
    const trips = feedWith('mensa', { series: 'gite' }, feed)
    const others = feedWith('mensa', { series: 'libri' }, feed)
    const { fiscalCode } = contact(1)
    await given.take(feed, 'a', canteenFile([...canteenRows(1, 2), canteenRow(3, { fiscalCode })]))
    await given.take(trips, 'b', canteenFile(canteenRows(1)))
    await given.take(others, 'c', canteenFile(canteenRows(1)))
    const file = `CF\n${fiscalCode}\nANONIMO\n`
    const { dropId } = await given.take(deceased(feed, ['mensa-scolastica', 'gite']), 'd', file)
    expect(await states(feed)).toEqual(['cancelled', 'open', 'cancelled', 'cancelled', 'open'])
    expect(await countsOf(dropId)).toMatchObject({ closed: 1, ignored: 1, notices: 3 })
  })

  test('refuses a code with a wrong check character, and says nothing of later bills', async () => {
    const feed = canteen()
    const { fiscalCode } = contact(1)
    const wrong = fiscalCode.slice(0, -1) + (fiscalCode.endsWith('A') ? 'B' : 'A')
    const file = `CF\n${fiscalCode}\n${wrong}\n`
    const { dropId } = await given.take(deceased(feed, ['mensa-scolastica']), 'd', file)
    expect(await countsOf(dropId)).toMatchObject({ unknown: 1, refused: 1 })
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    expect(await states(feed)).toEqual(['open'])
  })
})

describe('a settlement that comes before its bill', () => {
  test.each([
    ['by key', 'settled', 'già pagata'],
    ['by key', 'cancelled', 'già annullata'],
    ['by notice number', 'settled', 'già pagata'],
  ] as const)('%s leaves the bill closed and untold: %s', async (by, as, because) => {
    const feed = canteen()
    if (by === 'by key') {
      const paid = settlementFeed(as, { institution: feed.institution })
      await given.take(paid, 'paid', 'PRATICA,MESE\nMENSA-1,2026-03\n')
    } else await given.take(receiptsOf(feed), 'rt', receiptFile([1, '0']))
    const taken = await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
    expect(await given.accountOf(taken, 2)).toEqual({ read: 2, skipped: 1, waiting: 1 })
    expect(await states(feed)).toEqual([as, 'open'])
    expect(await given.messages(taken.flowId)).toEqual(['first waiting', 'reminder waiting'])
    const [first] = await Array.fromAsync(given.store.receipts.ofFlow(taken.flowId as number))
    expect(first?.receipt).toMatchObject({ fate: 'skipped', detail: because, line: 2 })
    const again = await given.take(feed, 'b', canteenFile(canteenRows(1)))
    expect(await given.accountOf(again, 1)).toEqual({ read: 1, duplicate: 1 })
  })

  test.each([
    ['for so many days', { rememberDays: 30 }, 29, 'settled'],
    ['no longer', { rememberDays: 30 }, 30, 'open'],
    ['not at all where it is not wanted', { rememberDays: 0 }, 0, 'open'],
  ])('is remembered %s', async (_, rest, days, state) => {
    const feed = canteen()
    await given.take(receiptsOf(feed, rest), 'rt', receiptFile([1, '0']))
    const { now } = given.clock
    given.clock.now = now.add({ hours: 24 * days })
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    given.clock.now = now
    expect(await states(feed)).toEqual([state])
  })

  test('is remembered anew by a list that names it again, though not every day', async () => {
    const feed = canteen()
    const until = `select extract(epoch from until)::bigint from early_settlements e
      join institutions i on i.id = e.institution_id where i.name = $1`
    const { now } = given.clock
    const ends: number[] = []
    for (const days of [0, 1, 300, 301]) {
      given.clock.now = now.add({ hours: 24 * days })
      await given.take(receiptsOf(feed), `rt-${days}`, receiptFile([1, '0']))
      const seconds = await given.count(until, feed.institution)
      ends.push(Math.round((seconds - now.epochMilliseconds / 1000) / 86_400))
    }
    given.clock.now = now
    expect(ends).toEqual([365, 365, 665, 665])
  })

  test('is used once, and nothing of it stands in clear', async () => {
    const feed = canteen()
    await given.take(receiptsOf(feed), 'rt', receiptFile([1, '0'], [2, '0']))
    const left = `select count(*) from early_settlements e join institutions i
      on i.id = e.institution_id where i.name = $1`
    expect(await given.count(left, feed.institution)).toBe(2)
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    expect(await given.count(left, feed.institution)).toBe(1)
    const { rows } = await given.pool.query('select * from early_settlements')
    expect(JSON.stringify(rows)).not.toContain(numberOf(2))
  })

  test('counts for the whole group that it pays', async () => {
    const whole = feedWith('mensa', { group: 'pratica', single: 'pasti == 0' }, canteen())
    await given.take(receiptsOf(whole), 'rt', receiptFile([10, '0']))
    const rows = ['unica', 'rata-1', 'rata-2'].map((month, n) =>
      canteenRow(1, { month, meals: n === 0 ? '0' : '9', notice: numberOf(10 + n) }),
    )
    for (const [index, file] of [rows.slice(1, 2), rows.slice(0, 1), rows.slice(2)].entries()) {
      await given.take(whole, `drop-${index}`, canteenFile(file))
    }
    expect(await states(whole)).toEqual(['settled', 'settled', 'settled'])
  })
})

describe('a group whose single payment the mapping names', () => {
  /** The whole, then two halves; the whole asks for less than they do together. */
  async function debt(order = [0, 1, 2]): Promise<MapFeed> {
    const feed = feedWith('mensa', { group: 'pratica', single: 'pasti == 0' }, canteen())
    const rows = [
      canteenRow(1, { month: 'unica', meals: '0', cents: '8000', notice: numberOf(10) }),
      canteenRow(1, { month: 'rata-1', cents: '4500', notice: numberOf(11) }),
      canteenRow(1, { month: 'rata-2', cents: '4500', notice: numberOf(12) }),
    ]
    const ordered = order.map((n) => rows[n] as string)
    await given.take(feed, 'a', canteenFile([...ordered, canteenRow(2)]))
    return feed
  }
  const pay = (feed: MapFeed, ...ns: number[]) =>
    given.take(receiptsOf(feed), 'rt', receiptFile(...ns.map((n): [number, string] => [n, '0'])))
  const waiting = ({ institution }: MapFeed) =>
    given.count(
      `select count(*) from messages m join institutions i on i.id = m.institution_id
       where i.name = $1 and m.state = 'waiting'`,
      institution,
    )

  test('is settled with it, whatever its amount', async () => {
    const feed = await debt()
    await pay(feed, 10)
    expect(await states(feed)).toEqual(['settled', 'settled', 'settled', 'open'])
    expect(await waiting(feed)).toBe(2)
  })

  test('is asked for by instalments alone once one of them is paid', async () => {
    const feed = await debt()
    await pay(feed, 11)
    expect(await states(feed)).toEqual(['cancelled', 'settled', 'open', 'open'])
    expect(await waiting(feed)).toBe(4)
  })

  test('is settled by the single payment also after an instalment, and in one drop', async () => {
    const late = await debt()
    await pay(late, 11)
    await given.take(receiptsOf(late), 'rt-2', receiptFile([10, '0']))
    expect(await states(late)).toEqual(['cancelled', 'settled', 'settled', 'open'])
    const both = await debt()
    await pay(both, 11, 10)
    expect(await states(both)).toEqual(['settled', 'settled', 'settled', 'open'])
  })

  test('is left alone by a single payment that is withdrawn', async () => {
    const feed = await debt()
    await given.take(receiptsOf(feed), 'rt', receiptFile([10, 'stornato']))
    expect(await states(feed)).toEqual(['cancelled', 'open', 'open', 'open'])
  })

  test('keeps its rule for an instalment that comes after a payment', async () => {
    const feed = await debt()
    await pay(feed, 11)
    const again = canteenRow(1, { month: 'unica-bis', meals: '0', notice: numberOf(13) })
    const taken = await given.take(feed, 'b', canteenFile([again]))
    expect((await states(feed)).at(-1)).toBe('cancelled')
    expect(await given.accountOf(taken, 1)).toEqual({ read: 1, cancelled: 1 })
  })
})
