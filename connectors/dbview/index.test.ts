// The connector to views: the contract against a real PostgreSQL, and what databases do to readers.
// Each test has a database of its own, a role that may only read, and one that may write.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFaultProxy } from '../../scripts/fault-proxy.ts'
import {
  bytesOf,
  type ContextOptions,
  collect,
  connectorContract,
  contextFor,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { recordsOf, startFreshRig, type ViewRig } from '../../test/contract/view-rig.ts'
import dbview from './index.ts'
import { createDigest } from './rows.ts'

const startRig = () => startFreshRig(dbview)

connectorContract({ name: 'dbview', against: 'a view with a watermark', start: startRig })
connectorContract({
  name: 'dbview',
  against: 'a view without one, read whole and by pages',
  async start() {
    const rig = await startRig()
    const { watermark: _watermark, ...settings } = rig.settings
    const query =
      'select * from app.dovuti where modificato = (select max(modificato) from app.dovuti)'
    Object.assign(settings, {
      view: undefined,
      query,
      pages: { key: ['nome', 'numero'], rows: 25 },
    })
    const { cut: _cut, ...uncut } = rig // It has come whole before it is handed over.
    return { ...uncut, settings }
  },
})

describe('the connector dbview', () => {
  let rig: ViewRig
  beforeEach(async () => {
    rig = await startRig()
  })
  afterEach(() => rig.stop())

  const context = (settings: object, options?: ContextOptions) =>
    contextFor(dbview, { ...rig.settings, watermark: undefined, ...settings }, options)
  const poll = (settings: object = {}, options?: ContextOptions) =>
    collect(dbview, context(settings, options), options?.saved)
  const records = async (settings: object = {}, options?: ContextOptions) =>
    (await poll(settings, options)).flatMap(({ bytes }) => recordsOf(bytes))
  const viewOf = (select: string) =>
    rig.run(
      `create or replace view app.prova as ${select}; grant select on app.prova to ${rig.reader}`,
    )
  const prova = { view: 'app.prova' }

  describe('writes each value as the database does:', () => {
    it('exact numbers, as wide as they are, and what is none', async () => {
      await viewOf(`select 12345678901234567890123456.0123456789::numeric(38, 10) as lungo,
        9007199254740993::bigint as intero, 0.1::float8 as doppio, 'NaN'::numeric as non_numero,
        '-infinity'::float8 as infinito, 1.10::numeric as importo`)
      expect(await records(prova)).toEqual([
        {
          lungo: '12345678901234567890123456.0123456789',
          intero: '9007199254740993',
          doppio: '0.1',
          non_numero: 'NaN',
          infinito: '-Infinity',
          importo: '1.10',
        },
      ])
    })

    it('days and times in ISO 8601, also where the clock is put forward and back', async () => {
      await viewOf(`select date '2026-03-29' as giorno, timestamp '2026-03-29 00:00:00' as mezzanotte,
        timestamptz '2026-03-29 01:30:00Z' as avanti, timestamptz '2026-10-25 01:30:00Z' as indietro,
        timestamp '2026-03-01 10:00:00.123456' as frazione, date 'infinity' as mai`)
      const [record] = await records(prova)
      expect(record).toEqual({
        giorno: '2026-03-29',
        mezzanotte: '2026-03-29T00:00:00',
        avanti: '2026-03-29T03:30:00+02:00',
        indietro: '2026-10-25T02:30:00+01:00',
        frazione: '2026-03-01T10:00:00',
        mai: 'infinity',
      })
      const [exact] = await records({ ...prova, fractions: true })
      expect(exact!['frazione']).toBe('2026-03-01T10:00:00.123456')
    })

    it('truths, nothing, padding, and texts that JSON must escape', async () => {
      await viewOf(`select true as si, false as no, null::text as niente, 'A1'::char(5) as codice,
        E'a"b\\\\c\\nè\\u2028 ' as testo`)
      const record = { si: 'true', no: 'false', niente: null, testo: 'a"b\\c\nè\u2028 ' }
      expect(await records(prova)).toEqual([{ ...record, codice: 'A1' }])
      expect(await records({ ...prova, trimPadding: false })).toEqual([
        { ...record, codice: 'A1   ' },
      ])
    })

    it('under any name, in the order of the view', async () => {
      await viewOf(`select 'a' as zeta, 'b' as "1", 'c' as "__proto__", 'd' as "x""y", null as "0"`)
      const [drop] = await poll(prova)
      expect(drop!.bytes.toString()).toBe(
        `{"zeta":"a","1":"b","__proto__":"c","x\\"y":"d","0":null}\n`,
      )
    })

    it('whatever settings the user has of its own', async () => {
      await rig.run(`alter role ${rig.reader} set datestyle = 'German';
        alter role ${rig.reader} set timezone = 'Asia/Tokyo';
        alter role ${rig.reader} set extra_float_digits = -5`)
      await viewOf(`select date '2026-03-01' as giorno, timestamptz '2026-01-01 12:00:00Z' as ora,
        (1::float8 / 3) as terzo`)
      expect(await records(prova)).toEqual([
        { giorno: '2026-03-01', ora: '2026-01-01T13:00:00+01:00', terzo: '0.3333333333333333' },
      ])
    })
  })

  describe('quotes the names that it is given', () => {
    const name = 'a"; drop table app.pezzi; --'
    it('so that none of them is a statement', async () => {
      await viewOf(`select 1 as "a""; drop table app.pezzi; --", 2 as "Maiuscola è"`)
      expect(await records({ ...prova, columns: [name, 'Maiuscola è'] })).toEqual([
        { [name]: '1', 'Maiuscola è': '2' },
      ])
      const error = await sourceErrorOf(poll({ view: `app.prova"; drop table app.pezzi; --` }))
      expect(error.code).toBe('SRC_VIEW')
      await rig.run('select 1 from app.pezzi')
    })

    it('and cannot write, whatever a query says', async () => {
      await rig.run(`grant select, update on app.pezzi to ${rig.reader};
        create function app.scrivi() returns int language sql as
          'update app.pezzi set stato = ''x'' returning 1'`)
      const error = await sourceErrorOf(
        poll({ view: undefined, query: 'select app.scrivi() as n;' }),
      )
      expect([error.code, error.retry]).toEqual(['SRC_VIEW', false])
      expect(error.message).toContain('25006') // Of PostgreSQL: a read-only transaction.
    })
  })

  describe('stops before anything is handed over', () => {
    const saved = () => ({ keys: new Set<string>() })
    const change = async (before: string, after: string, settings: object = {}) => {
      const kept = saved()
      await viewOf(before)
      expect(await poll({ ...prova, ...settings }, { saved: kept })).toHaveLength(1)
      await rig.run('drop view app.prova')
      await viewOf(after)
      const again = (more: object) => poll({ ...prova, ...settings, ...more }, { saved: kept })
      return { error: await sourceErrorOf(again({})), again }
    }

    it('when a column was renamed, and names the nearest; a person lets it go on', async () => {
      const { error, again } = await change(
        `select 1 as id, '5.00' as importo_dovuto`,
        `select 1 as id, '5.00' as importo_dov, '' as note`,
      )
      expect([error.code, error.retry]).toEqual(['SRC_VIEW_CHANGED', false])
      expect(error.message).toContain('`importo_dovuto` is gone: `importo_dov` is the nearest')
      expect(error.message).toContain('acceptedChange: 1')
      expect(await again({ acceptedChange: 1 })).toHaveLength(1)
    })

    it('when a column holds another kind of value', async () => {
      const { error } = await change(`select 1.5 as importo`, `select '1,50' as importo`)
      expect(error.message).toContain('`importo`, which held number, holds text now')
    })

    it('when a column that the settings name is not there', async () => {
      await viewOf('select 1 as codice_fiscale')
      const error = await sourceErrorOf(poll({ ...prova, columns: ['codice_fisc'] }))
      expect([error.code, error.retry]).toEqual(['SRC_VIEW_CHANGED', false])
      expect(error.message).toContain('`codice_fiscale` is the nearest')
    })

    it('but not when a column was added, or one that is not read is gone', async () => {
      const kept = saved()
      await viewOf('select 1 as a, 2 as b')
      await poll({ ...prova, columns: ['a'] }, { saved: kept })
      await rig.run('drop view app.prova')
      await viewOf('select 2 as a, 3 as c')
      expect(await poll({ ...prova, columns: ['a', 'c'] }, { saved: kept })).toHaveLength(1)
    })

    it.each([
      ['bytes', `select 'x'::bytea as foto`, 'SRC_VIEW_COLUMN'],
      ['a name twice', 'select * from (select 1) a(id), (select 2) b(id)', 'SRC_VIEW_COLUMN'],
    ])('when the view has %s', async (_, query, code) => {
      const error = await sourceErrorOf(poll({ view: undefined, query }))
      expect([error.code, error.retry]).toEqual([code, false])
    })

    it('when the view is not there, or may not be read, and says so', async () => {
      const absent = await sourceErrorOf(poll({ view: 'app.altra' }))
      expect([absent.code, absent.retry]).toEqual(['SRC_VIEW', false])
      expect(absent.message).toContain('"app.altra" does not exist')
      const closed = await sourceErrorOf(poll({ view: 'app.pezzi' }))
      expect(closed.message).toContain('permission denied')
    })
  })

  describe('reads by pages of the key', () => {
    const pages = { key: ['anno', 'id'], rows: 7 }
    it('every row once, in one state of the database, whatever is written meanwhile', async () => {
      await rig.run(`create table app.righe (anno int, id bigint, testo text);
        insert into app.righe select 2020 + n % 3, 9007199254740000 + n, 'riga ' || n
          from generate_series(1, 100) n`)
      await viewOf('select * from app.righe')
      const seen: string[] = []
      for await (const drop of dbview.poll(context({ ...prova, pages, fetchRows: 3 }))) {
        for await (const chunk of drop.parts[0]!.bytes) {
          if (seen.length === 0) {
            await rig.run(`delete from app.righe where id % 2 = 0;
              insert into app.righe select 2021, n, 'nuova' from generate_series(1, 50) n`)
          }
          seen.push(...recordsOf(Buffer.from(chunk)).map(({ testo }) => testo!))
        }
      }
      const all = Array.from({ length: 100 }, (_, n) => `riga ${n + 1}`)
      expect(seen.toSorted()).toEqual(all.toSorted())
    })

    it.each([
      ['within a page', 3, 'stands twice'],
      ['where a page ends', 7, 'stands twice'],
    ])('and refuses a key that stands twice %s', async (_, id, said) => {
      await viewOf(`select 2026 as anno, n as id from generate_series(1, 20) n
        union all select 2026, ${id}`)
      const error = await sourceErrorOf(poll({ ...prova, pages }))
      expect([error.code, error.retry]).toEqual(['SRC_VIEW_KEY', false])
      expect(error.message).toContain(said)
    })

    it('and refuses a key that is empty', async () => {
      await viewOf('select 2026 as anno, null::int as id')
      expect((await sourceErrorOf(poll({ ...prova, pages }))).message).toContain('is empty')
    })
  })

  describe('bounds', () => {
    it('the rows of a drop', async () => {
      await viewOf('select n from generate_series(1, 101) n')
      const error = await sourceErrorOf(poll({ ...prova, maximumRows: 100 }))
      expect([error.code, error.retry]).toEqual(['SRC_VIEW_BOUNDS', false])
      expect(await records({ ...prova, maximumRows: 101 })).toHaveLength(101)
    })

    it('a slow view by the statement timeout, which the database keeps', async () => {
      await viewOf('select pg_sleep(30)::text as lento')
      const error = await sourceErrorOf(poll({ ...prova, statementTimeoutSeconds: 1 }))
      expect([error.code, error.retry]).toEqual(['SRC_VIEW_SLOW', true])
      expect(error.message).toContain('pages')
    })

    it('a statement, or a batch, and not a reading of many, however long it takes', async () => {
      await viewOf('select n, pg_sleep(0.15)::text as lento from generate_series(1, 10) n')
      const slow = { ...prova, fetchRows: 1, statementTimeoutSeconds: 1 }
      expect(await records(slow)).toHaveLength(10)
    })

    it('a lock that someone holds', async () => {
      await rig.run('begin; lock table app.pezzi in access exclusive mode')
      const error = await sourceErrorOf(poll({ view: 'app.dovuti', statementTimeoutSeconds: 1 }))
      await rig.run('rollback')
      expect([error.code, error.retry]).toEqual(['SRC_VIEW_SLOW', true])
    })

    it('a silent server, by the stop of Staffetta', async () => {
      await viewOf('select pg_sleep(30)::text as lento')
      const stop = new AbortController()
      const reading = poll(prova, { signal: stop.signal })
      const isSleeping = `select 1 from pg_stat_activity where usename = $1
        and wait_event = 'PgSleep'`
      while ((await rig.run(isSleeping, [rig.reader])).rowCount === 0);
      stop.abort()
      expect((await sourceErrorOf(reading)).code).toBe('SRC_STOPPED')
    })
  })

  it('gives up on a server that went silent within, and takes all the next time', async () => {
    await viewOf(`select n, repeat('x', 1000) as testo from generate_series(1, 50000) n`)
    const { host, port } = rig.settings
    const way = await startFaultProxy({ path: `${host}/.s.PGSQL.${port}` })
    const settings = { ...prova, host: '127.0.0.1', port: way.port, watermark: { column: 'n' } }
    const read = async () => {
      for await (const drop of dbview.poll(context({ ...settings, statementTimeoutSeconds: 2 }))) {
        for await (const _chunk of drop.parts[0]!.bytes) way.blackhole()
      }
    }
    const error = await sourceErrorOf(read())
    expect([error.code, error.retry]).toEqual(['SRC_CONNECTION_LOST', true])
    expect(error.message).toContain('silent')
    way.pass()
    expect(await records(settings)).toHaveLength(50_000)
    await way.stop()
  }, 20_000)

  it('reads a whole view once: also one that uses chance is what its key says', async () => {
    await viewOf('select random() as caso from generate_series(1, 50)')
    const [drop] = await poll(prova)
    const digest = createDigest()
    for (const line of drop!.bytes.toString().trimEnd().split('\n')) digest.add(line)
    expect(drop!.key).toBe(`1/all/${digest.value()}`)
  })

  it('holds no connection in a transaction while a whole view is saved', async () => {
    await viewOf('select 1 as id')
    for await (const drop of dbview.poll(context(prova))) {
      const open = `select 1 from pg_stat_activity where usename = $1 and xact_start is not null`
      expect((await rig.run(open, [rig.reader])).rowCount).toBe(0)
      await bytesOf(drop)
    }
  })

  it('hands over rows that hold nothing, and rows that stand twice, as they are', async () => {
    await viewOf('select null::int as id, null::date as giorno from generate_series(1, 2)')
    const rows = [
      { id: null, giorno: null },
      { id: null, giorno: null },
    ]
    expect(await records(prova)).toEqual(rows)
    expect(await poll({ ...prova, watermark: { column: 'giorno' } })).toEqual([])
  })

  it('shows no value of a row when the database refuses one', async () => {
    await rig.put('RSSMRA80A01H501U', Buffer.from('1'))
    const query = 'select nome::int as numero from app.dovuti'
    const error = await sourceErrorOf(poll({ view: undefined, query }))
    expect([error.code, error.retry]).toEqual(['SRC_VIEW_VALUE', false])
    expect(`${error.message} ${String(error.cause)}`).not.toContain('RSSMRA')
  })

  it('takes a condition in SQL as one, with what is wrong in it', async () => {
    await viewOf('select n from generate_series(1, 10) n')
    const where = 'n = 1 or n = 2 -- and nothing else'
    expect(await records({ ...prova, where, pages: { key: ['n'], rows: 1 } })).toHaveLength(2)
    expect((await sourceErrorOf(poll({ ...prova, where: 'n = ' }))).code).toBe('SRC_VIEW')
  })

  it('says that a server is not there, and tries again', async () => {
    const error = await sourceErrorOf(poll({ host: '127.0.0.1', port: 1 }))
    expect([error.code, error.retry]).toEqual(['SRC_UNREACHABLE', true])
  })

  it.each(['sqlserver', 'oracle'])('says how the driver of %s is installed', async (engine) => {
    const error = await sourceErrorOf(poll({ engine }))
    expect([error.code, error.retry]).toEqual(['SRC_DRIVER', false])
    expect(error.message).toMatch(/npm install --save-exact (?:mssql|oracledb)@\d+\.\d+\.\d+$/)
  })

  it('keeps memory flat, however many rows there are', async () => {
    await viewOf(`select n as id, repeat('x', 100) as testo from generate_series(1, 200000) n`)
    const largestOf = async (settings: object) => {
      let largest = 0
      let total = 0
      for await (const drop of dbview.poll(context({ ...prova, ...settings }))) {
        for await (const chunk of drop.parts[0]!.bytes) {
          largest = Math.max(largest, chunk.length)
          total += chunk.length
        }
      }
      expect(total).toBeGreaterThan(20_000_000)
      return largest
    }
    const watermark = { column: 'id' }
    expect(await largestOf({ watermark })).toBeLessThan(20 * 150) // Of rows, as `fetchRows` says.
    expect(await largestOf({})).toBeLessThanOrEqual(2 ** 20)
  })
})
