// Which rows a poll hands over: new ones, late ones, those dated ahead, the whole view.
// The cursor goes from poll to poll as the core keeps it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collect, contextFor, type Saved, sourceErrorOf } from '../../test/contract/connector.ts'
import { recordsOf, startFreshRig, type ViewRig } from '../../test/contract/view-rig.ts'
import dbview from './index.ts'

let rig: ViewRig
let saved: Saved
beforeEach(async () => {
  rig = await startFreshRig(dbview)
  saved = { keys: new Set() }
  // The suite's clock says 2026-03-02T08:00Z, which is 09:00 in Rome.
  await rig.run(`
    create table app.dovuti_t (
      id bigint, importo numeric, modificato timestamp, giorno date, istante timestamptz, numero bigint
    );
    create view app.mensa as select * from app.dovuti_t;
    grant select on app.mensa to ${rig.reader}`)
})
afterEach(() => rig.stop())

const settingsWith = (more: object) => ({
  ...rig.settings,
  view: 'app.mensa',
  watermark: undefined,
  ...more,
})
/** The ids of the rows that one poll hands over; null when there is no drop. */
async function poll(more: object, from: string | null = null): Promise<string[] | null> {
  const start = from === null ? null : Temporal.Instant.from(from)
  const context = contextFor(dbview, settingsWith(more), { saved, from: start })
  const [drop, ...others] = await collect(dbview, context, saved)
  expect(others).toEqual([])
  return drop ? recordsOf(drop.bytes).map(({ id }) => id!) : null
}
const types = { modificato: 'timestamp', giorno: 'date', istante: 'timestamptz', numero: 'bigint' }
const insert = (column: keyof typeof types, ...rows: [id: number, value: string | number][]) =>
  rig.run(
    `insert into app.dovuti_t (id, ${column})
     select id, value::${types[column]} from unnest($1::bigint[], $2::text[]) as r (id, value)`,
    [rows.map(([id]) => id), rows.map(([, value]) => String(value))],
  )

describe('by a watermark', () => {
  const byTime = { watermark: { column: 'modificato' } }

  it('each row is handed over once, and again when it is changed', async () => {
    await insert('modificato', [1, '2026-03-01 08:00'], [2, '2026-03-01 09:00'])
    expect(await poll(byTime)).toEqual(['1', '2'])
    expect(await poll(byTime)).toBeNull()
    await rig.run(
      `update app.dovuti_t set importo = 7, modificato = '2026-03-01 10:00' where id = 1`,
    )
    expect(await poll(byTime)).toEqual(['1'])
    expect(await poll(byTime)).toBeNull()
  })

  it('a row that comes later with the last value itself is not passed over', async () => {
    await insert('giorno', [1, '2026-03-01'])
    const byDay = { watermark: { column: 'giorno' } }
    expect(await poll(byDay)).toEqual(['1'])
    await insert('giorno', [2, '2026-03-01'])
    expect(await poll(byDay)).toEqual(['2'])
    expect(await poll({ watermark: { column: 'giorno', inclusive: false } })).toBeNull()
  })

  it.each([
    ['modificato', '2026-03-01 09:00', '2026-03-01 08:55', '2026-03-01 08:45'],
    ['istante', '2026-03-01 09:00Z', '2026-03-01 08:55Z', '2026-03-01 08:45Z'],
    ['numero', '10000', '9500', '9000'],
  ] as const)(
    'rows of %s that are committed late are found within the overlap',
    async (column, last, late, tooLate) => {
      const settings = { watermark: { column, overlap: 600 } }
      await insert(column, [1, last])
      expect(await poll(settings)).toEqual(['1'])
      await insert(column, [2, late], [3, tooLate])
      expect(await poll(settings)).toEqual(['2'])
      expect(await poll(settings)).toBeNull()
    },
  )

  it('an overlap over the night when the clock goes forward is as long as it says', async () => {
    const settings = { watermark: { column: 'istante', overlap: 600 } }
    await insert('istante', [1, '2025-03-30 01:05Z'])
    expect(await poll(settings)).toEqual(['1'])
    await insert('istante', [2, '2025-03-30 00:56Z'], [3, '2025-03-30 00:54Z'])
    expect(await poll(settings)).toEqual(['2'])
  })

  it('what was changed twice and became again what it was is handed over again', async () => {
    await insert('giorno', [1, '2026-03-01'])
    const byDay = { watermark: { column: 'giorno' } }
    await poll(byDay)
    for (const amount of ['5', 'null', '5']) {
      await rig.run(`update app.dovuti_t set importo = ${amount}`)
      expect(await poll(byDay)).toEqual(['1'])
    }
  })

  it('rows that are taken away are no news', async () => {
    await insert('numero', [1, 5], [2, 5], [3, 6])
    const byNumber = { watermark: { column: 'numero', overlap: 10 } }
    await poll(byNumber)
    await rig.run('delete from app.dovuti_t where id > 1')
    expect(await poll(byNumber)).toBeNull()
  })

  it('a row dated ahead waits, and keeps no other back', async () => {
    await insert('modificato', [1, '2026-03-01 08:00'], [2, '9999-12-31 00:00'], [3, 'infinity'])
    expect(await poll(byTime)).toEqual(['1'])
    await insert('modificato', [4, '2026-03-02 09:00'], [5, '2026-03-02 09:01'])
    expect(await poll(byTime)).toEqual(['4'])
  })

  it('a value after which nothing can follow is refused', async () => {
    await rig.run(`insert into app.dovuti_t (id, importo) values (1, 'NaN')`)
    const settings = settingsWith({ watermark: { column: 'importo' } })
    const error = await sourceErrorOf(collect(dbview, contextFor(dbview, settings)))
    expect([error.code, error.retry]).toEqual(['SRC_VIEW_COLUMN', false])
  })

  it('an empty view, or one with nothing in its column, gives no drop', async () => {
    expect(await poll(byTime)).toBeNull()
    await rig.run('insert into app.dovuti_t (id) values (1)')
    expect(await poll(byTime)).toBeNull()
  })

  it('more rows at the end than are remembered come again as one', async () => {
    await rig.run(`insert into app.dovuti_t (id, giorno)
      select n, '2026-03-01' from generate_series(1, 20001) n`)
    const byDay = { watermark: { column: 'giorno' }, fetchRows: 5000 }
    expect(await poll(byDay)).toHaveLength(20_001)
    expect(await poll(byDay)).toBeNull()
    await insert('giorno', [0, '2026-03-01'])
    expect(await poll(byDay)).toHaveLength(20_002)
  })

  it('an overlap of a text is refused', async () => {
    await rig.run(`create view app.testi as select id, giorno::text as t from app.dovuti_t;
      grant select on app.testi to ${rig.reader}`)
    await insert('giorno', [1, '2026-03-01'])
    const watermark = { column: 't', overlap: 1 }
    const context = contextFor(dbview, settingsWith({ view: 'app.testi', watermark }))
    expect((await sourceErrorOf(collect(dbview, context))).code).toBe('SRC_VIEW_COLUMN')
  })
})

describe('the start of a feed', () => {
  it('leaves out what is older, in the zone of the source', async () => {
    await insert('modificato', [1, '2026-03-01 00:59:59'], [2, '2026-03-01 01:00:00'])
    expect(await poll({ watermark: { column: 'modificato' } }, '2026-03-01T00:00:00Z')).toEqual([
      '2',
    ])
  })

  it('is told by another column where the watermark is none', async () => {
    await insert('giorno', [1, '2026-02-28'], [2, '2026-03-01'])
    expect(await poll({ dateColumn: 'giorno' }, '2026-03-01T08:00:00Z')).toEqual(['2'])
  })

  it('is refused where no column tells it, rather than sending all', async () => {
    await insert('numero', [1, 1])
    const settings = settingsWith({ watermark: { column: 'numero' } })
    const from = Temporal.Instant.from('2026-03-01T08:00:00Z')
    const error = await sourceErrorOf(collect(dbview, contextFor(dbview, settings, { from })))
    expect([error.code, error.retry]).toEqual(['SRC_VIEW_START', false])
    expect(error.message).toContain('from: all')
  })
})

describe('without a watermark', () => {
  it('the whole view is handed over when anything in it is another', async () => {
    await insert('numero', [1, 1], [2, 2])
    expect(await poll({})).toEqual(['1', '2'])
    expect(await poll({})).toBeNull()
    await rig.run('update app.dovuti_t set numero = 3 where id = 1')
    expect(await poll({ pages: { key: ['id'], rows: 1 } })).toEqual(['1', '2'])
  })

  it('rows in another order are the same', async () => {
    await insert('numero', [1, 1], [2, 2])
    await poll({})
    await rig.run('delete from app.dovuti_t')
    await insert('numero', [2, 2], [1, 1])
    expect(await poll({})).toBeNull()
  })

  it('a row more of the same kind is another view', async () => {
    await insert('numero', [1, 1], [1, 1])
    await poll({})
    await insert('numero', [1, 1], [1, 1])
    expect(await poll({})).toHaveLength(4)
  })

  it('a view that became again what it was is handed over again', async () => {
    await insert('numero', [1, 1])
    await poll({})
    for (const number of [2, 1, 2]) {
      await rig.run(`update app.dovuti_t set numero = ${number}`)
      expect(await poll({})).toEqual(['1'])
    }
  })

  it('a view that was emptied is an empty drop, and one empty from the start is none', async () => {
    expect(await poll({})).toBeNull()
    await insert('numero', [1, 1])
    await poll({})
    await rig.run('delete from app.dovuti_t')
    expect(await poll({})).toEqual([])
    expect(await poll({})).toBeNull()
  })
})
