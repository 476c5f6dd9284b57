// The connector to views against MariaDB and PostgreSQL as Debian packages them: the contract on
// both, what is particular about the former, and log-ins with passwords, which are asked here.
import { randomUUID } from 'node:crypto'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type ContextOptions,
  collect,
  connectorContract,
  contextFor,
  type Rig,
  sourceErrorOf,
} from '../../test/contract/connector.ts'
import { receiptOf, reportOf } from '../../test/contract/report.ts'
import { type DbviewSettings, recordsOf, startViewRig } from '../../test/contract/view-rig.ts'
import dbview from './index.ts'

const postgres = process.env['STAFFETTA_PEER_POSTGRES'] ?? 'postgres://not-there'
const mariadb = new URL(process.env['STAFFETTA_PEER_MARIADB'] ?? 'mysql://not-there')
const mariadbAuthority = mariadb.searchParams.get('ca')
mariadb.search = '' // Its driver would take it for settings.

/** A rig on Debian's PostgreSQL, in a database of its own. */
async function startPostgresRig() {
  const admin = new pg.Client({ connectionString: postgres })
  await admin.connect()
  const name = `viste_${randomUUID().replaceAll('-', '')}`
  await admin.query(`create database ${name}`)
  const url = new URL(postgres)
  url.pathname = name
  const drop = async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  }
  return startViewRig(dbview, { url: url.href, drop })
}

interface MariadbRig extends Rig<DbviewSettings> {
  run(sql: string, values?: unknown[]): Promise<unknown>
}

const pieceBytes = 6000

/** A rig on MariaDB: a database, a view and a user of its own. */
async function startMariadbRig(): Promise<MariadbRig> {
  const admin = await createConnection({ uri: mariadb.href, multipleStatements: true })
  const name = `viste_${randomUUID().slice(0, 8)}`
  const password = `segreta-${name}`
  process.env['STAFFETTA_TEST_DBVIEW_PASSWORD'] = password
  const run = async (sql: string, values?: unknown[]) => (await admin.query(sql, values))[0]
  await run(`create database ${name} character set utf8mb4; use ${name};
    create table pezzi (nome varchar(50), numero int, dato text, stato varchar(20),
      modificato datetime(3) not null default '2026-03-01') engine = innodb;
    create table contatti (cf varchar(50), email varchar(100));
    create view dovuti as select nome, numero, dato, modificato from pezzi;
    create user '${name}'@'%' identified by '${password}';
    grant select on ${name}.dovuti to '${name}'@'%';
    grant select on ${name}.contatti to '${name}'@'%';
    grant select (nome), update (stato) on ${name}.pezzi to '${name}'@'%'`)
  let minute = 0
  return {
    connector: dbview,
    settings: {
      engine: 'mariadb',
      host: '127.0.0.1',
      port: Number(mariadb.port),
      database: name,
      username: name,
      password: 'env:STAFFETTA_TEST_DBVIEW_PASSWORD',
      view: 'dovuti',
      watermark: { column: 'modificato' },
      fetchRows: 20,
      receipt: {
        statement: 'update pezzi set stato = :fate where nome = :key',
        batchRecords: 2,
      },
      lookup: { statement: 'select * from contatti where cf in (:keys)', key: 'cf' },
    },
    secrets: [password],
    run,
    async put(file, bytes) {
      minute += 1
      const text = Buffer.from(bytes).toString('base64')
      const at = `2026-03-01 09:${String(minute).padStart(2, '0')}:00.5`
      for (let start = 0; start === 0 || start < text.length; start += pieceBytes) {
        const piece = text.slice(start, start + pieceBytes)
        const row = [file, start, piece, at]
        await run('insert into pezzi (nome, numero, dato, modificato) values (?, ?, ?, ?)', row)
      }
    },
    told: {
      async put(keys) {
        await run('insert into pezzi (nome) values ?', [keys.map((key) => [key])])
      },
      async read() {
        const told = await run('select * from pezzi where stato is not null order by nome')
        return (told as Record<string, string>[]).map(({ nome, stato }) => [nome!, stato!])
      },
    },
    asked: {
      async put(rows) {
        const values = [...rows].map(([key, { email }]) => [key, email])
        await run('insert into contatti values ?', [values])
      },
    },
    isWaiting: async () => null,
    read(bytes) {
      const rows = recordsOf(bytes).sort((a, b) => Number(a['numero']) - Number(b['numero']))
      return Buffer.from(rows.map(({ dato }) => dato).join(''), 'base64')
    },
    async cut() {
      await run(`kill user '${name}'`)
      return async () => {}
    },
    async stop() {
      await run(`kill user '${name}'`)
      await run(`drop user '${name}'@'%'; drop database ${name}`)
      await admin.end()
    },
  }
}

connectorContract({ name: 'dbview', against: 'PostgreSQL of Debian', start: startPostgresRig })
connectorContract({ name: 'dbview', against: 'MariaDB by watermark', start: startMariadbRig })
connectorContract({
  name: 'dbview',
  against: 'MariaDB by pages',
  async start() {
    const rig = await startMariadbRig()
    const pages = { key: ['nome', 'numero'], rows: 25 }
    return { ...rig, settings: { ...rig.settings, pages } }
  },
})

describe.each([
  ['PostgreSQL', startPostgresRig],
  ['MariaDB', startMariadbRig],
])('%s', (_, start) => {
  it('refuses a wrong password, which waits for a person and is shown to nobody', async () => {
    const rig = await start()
    process.env['STAFFETTA_TEST_DBVIEW_WRONG'] = 'parola-sbagliata'
    const settings = { ...rig.settings, password: 'env:STAFFETTA_TEST_DBVIEW_WRONG' }
    const error = await sourceErrorOf(collect(dbview, contextFor(dbview, settings)))
    await rig.stop()
    expect([error.code, error.retry]).toEqual(['SRC_CREDENTIALS', false])
    expect(error.message).not.toContain('parola-sbagliata')
  })

  it('is not spoken to without encryption where the feed wants it', async () => {
    const rig = await start()
    const context = contextFor(dbview, { ...rig.settings, tls: {} })
    const error = await sourceErrorOf(collect(dbview, context))
    await rig.stop()
    expect(error.retry).toBe(false)
    expect(error.code).toBe('SRC_TLS')
  })
})

describe('MariaDB', () => {
  let rig: MariadbRig
  beforeEach(async () => {
    rig = await startMariadbRig()
  })
  afterEach(() => rig.stop())

  const poll = (settings: object = {}, options?: ContextOptions) =>
    collect(
      dbview,
      contextFor(dbview, { ...rig.settings, watermark: undefined, ...settings }, options),
      options?.saved,
    )
  const records = async (settings: object = {}) =>
    (await poll(settings)).flatMap(({ bytes }) => recordsOf(bytes))
  const viewOf = async (select: string) => {
    await rig.run(`create or replace view prova as ${select};
      grant select on prova to '${rig.settings['username']}'@'%'`)
  }
  const prova = { view: 'prova' }

  it('is spoken to only under a name that its certificate has', async () => {
    const firstLine = async (tls: object, host = '127.0.0.1') => {
      const ca = `file:${mariadbAuthority}`
      const context = contextFor(dbview, { ...rig.settings, host, tls: { ca, ...tls } })
      return (await dbview.check(context))[0]
    }
    expect(await firstLine({}, 'localhost')).toMatchObject({ ok: true })
    expect(await firstLine({ serverName: 'localhost' })).toMatchObject({ ok: true })
    const remedy = expect.stringContaining('`tls.serverName`')
    expect(await firstLine({ serverName: 'altro.example' })).toMatchObject({ ok: false, remedy })
    expect(await firstLine({})).toMatchObject({ ok: false, remedy })
  })

  it('writes each value as text, exactly', async () => {
    await rig.run(`set sql_mode = ''; create table valori (
        intero bigint unsigned, importo decimal(38, 10), singolo float, vero bit(1), piccolo tinyint(1),
        giorno date, mai date, momento datetime, nulla datetime, istante timestamp null, anno year,
        codice char(5), nota text, genere enum('a', 'b'), oggetto json);
      set time_zone = '+00:00'; insert into valori values (18446744073709551615,
        '12345678901234567890123456.0123456789', 0.1, b'1', 1, '2026-03-29', '0000-00-00',
        '2026-03-29 02:30:00', '0000-00-00', '2026-03-29 01:30:00', 2026, 'A1', 'è\\0"\\\\', 'b',
        '{"a": 1}')`)
    await viewOf('select * from valori')
    expect(await records(prova)).toEqual([
      {
        intero: '18446744073709551615',
        importo: '12345678901234567890123456.0123456789',
        singolo: '0.1',
        vero: 'true',
        piccolo: '1',
        giorno: '2026-03-29',
        mai: '0000-00-00',
        momento: '2026-03-29T02:30:00',
        nulla: '0000-00-00T00:00:00',
        istante: '2026-03-29T01:30:00Z',
        anno: '2026',
        codice: 'A1',
        nota: 'è\0"\\',
        genere: 'b',
        oggetto: '{"a": 1}',
      },
    ])
  })

  it('pages by keys that a float would confuse', async () => {
    await rig.run(`create table righe (id bigint unsigned, dato varchar(20));
      insert into righe select 9007199254740990 + seq, concat('r', seq) from seq_1_to_50`)
    await viewOf('select * from righe')
    const rows = await records({ ...prova, pages: { key: ['id'], rows: 7 } })
    expect(rows.map(({ dato }) => dato)).toEqual(Array.from({ length: 50 }, (_, n) => `r${n + 1}`))
  })

  it('takes a key with quotes and backslashes as a value', async () => {
    await rig.run(`create table righe (id varchar(50), dato int);
      insert into righe values ('a\\'; drop table righe; -- ', 1), ('b\\\\\\'', 2), ('c', 3)`)
    await viewOf('select * from righe')
    const rows = await records({ ...prova, pages: { key: ['id'], rows: 1 } })
    expect(rows.map(({ dato }) => dato)).toEqual(['1', '2', '3'])
  })

  it('looks again at instants within the overlap', async () => {
    await rig.run(`set time_zone = '+00:00'; create table righe (id int, quando timestamp null);
      insert into righe values (1, '2026-03-01 09:00:00')`)
    await viewOf('select * from righe')
    const saved = { keys: new Set<string>() }
    const settings = { ...prova, watermark: { column: 'quando', overlap: 600 } }
    const ids = async () =>
      (await poll(settings, { saved })).flatMap(({ bytes }) => recordsOf(bytes).map(({ id }) => id))
    expect(await ids()).toEqual(['1'])
    await rig.run(`insert into righe values (2, '2026-03-01 08:55:00'), (3, '2026-03-01 08:45:00')`)
    expect(await ids()).toEqual(['2'])
    expect(await ids()).toEqual([])
  })

  it('cannot write while it reads, and refuses bytes', async () => {
    await viewOf(`select unhex('00ff') as foto`)
    expect((await sourceErrorOf(poll(prova))).code).toBe('SRC_VIEW_COLUMN')
    await rig.run(`create function scrivi() returns int begin
      insert into pezzi values ('x', 1, 'x', 'x', now()); return 1; end;
      grant execute, select, insert on ${rig.settings['database']}.* to '${rig.settings['username']}'@'%'`)
    const error = await sourceErrorOf(poll({ view: undefined, query: 'select scrivi() as n' }))
    expect(error.code).toBe('SRC_VIEW')
    expect(await rig.run('select * from pezzi')).toEqual([])
    const lines = await dbview.check(contextFor(dbview, rig.settings))
    expect(lines.filter(({ what }) => what.startsWith('warning'))).toHaveLength(1)
  })

  it('ends a slow statement by itself', async () => {
    await viewOf('select sleep(20) as lento')
    const error = await sourceErrorOf(poll({ ...prova, statementTimeoutSeconds: 1 }))
    expect([error.code, error.retry]).toEqual(['SRC_VIEW_SLOW', true])
  })

  it('says which column, view or right is missing', async () => {
    expect((await sourceErrorOf(poll({ columns: ['nomi'] }))).message).toContain('`nome`')
    expect((await sourceErrorOf(poll({ view: 'altra' }))).code).toBe('SRC_VIEW')
    const closed = await sourceErrorOf(poll({ view: 'pezzi' }))
    expect(closed.message).toContain('denied')
  })

  it('reads by a watermark of days that do not exist', async () => {
    await rig.run(`set sql_mode = ''; create table righe (id int, quando datetime);
      insert into righe values (1, '0000-00-00')`)
    await viewOf('select * from righe')
    const saved = { keys: new Set<string>() }
    const settings = { ...prova, watermark: { column: 'quando', overlap: 600 } }
    const ids = async () =>
      (await poll(settings, { saved })).flatMap(({ bytes }) => recordsOf(bytes).map(({ id }) => id))
    expect(await ids()).toEqual(['1'])
    expect(await ids()).toEqual([])
    await rig.run(`insert into righe values (2, '2026-03-01 08:00:00'), (3, null)`)
    expect(await ids()).toEqual(['2'])
    const check = await dbview.check(contextFor(dbview, { ...rig.settings, ...settings }))
    const warnings = check.map(({ what }) => what).filter((what) => what.startsWith('warning'))
    expect(warnings).toEqual([
      'warning: 1 of these rows have no `quando`: they are never taken',
      'warning: `quando` holds days that do not exist, as 0000-00-00',
    ])
  })

  it('stops when a column is gone, and when one holds another kind of value', async () => {
    const saved = { keys: new Set<string>() }
    await viewOf('select 1 as id, 5.00 as importo')
    await poll(prova, { saved })
    await viewOf(`select 1 as id, '5,00' as importo`)
    const changed = await sourceErrorOf(poll(prova, { saved }))
    expect([changed.code, changed.message]).toEqual([
      'SRC_VIEW_CHANGED',
      expect.stringContaining('`importo`, which held number, holds text now'),
    ])
    await viewOf('select 1 as id, 5.00 as importi')
    const gone = await sourceErrorOf(poll(prova, { saved }))
    expect(gone.message).toContain('`importo` is gone: `importi` is the nearest')
  })

  const write = async (statement: string, key: string, more: object = {}) => {
    const settings = { ...rig.settings, receipt: { statement, ...more } }
    const report = reportOf('1/x/y', '', 0, { receipts: [receiptOf({ key })] })
    await dbview.writeBack!(contextFor(dbview, settings), report)
    report.settle()
    return report.told
  }
  const [user, pieces] = [
    () => `'${rig.settings['username']}'@'%'`,
    () => rig.run('select * from pezzi order by nome'),
  ]

  it('takes receipts by a procedure, and keeps what it answers or refuses', async () => {
    for (const name of ['A', 'B']) await rig.put(name, Buffer.from('1'))
    await rig.run(`create procedure riscontro(chiave varchar(50), come varchar(20)) begin
        if chiave = 'B' then signal sqlstate '45000' set message_text = 'niente per B'; end if;
        update pezzi set stato = come where nome = chiave;
        select 41 + 1 as numero, date '2026-03-02' as giorno, 12.30 as importo, null as nota;
      end; grant execute on procedure riscontro to ${user()}`)
    const call = 'call riscontro(:key, :fate)'
    const told = await write(call, 'A')
    expect([...told.given.values()].map(({ answer }) => answer)).toEqual([
      { numero: '42', giorno: '2026-03-02', importo: '12.30', nota: '' },
    ])
    const refused = await write(call, 'B')
    expect([...refused.failed.values()].map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/ER_SIGNAL_EXCEPTION 1644$/),
    ])
    expect(await pieces()).toMatchObject([{ stato: 'sent' }, { stato: null }])
  })

  it('takes instants and what `returning` gives, and refuses a key that is there', async () => {
    await rig.run(`create table avvisi (numero int auto_increment primary key, nome varchar(50) unique,
      quando datetime); grant select, insert on avvisi to ${user()}`)
    const insert = 'insert into avvisi (nome, quando) values (:key, :at) returning numero, quando'
    const told = await write(insert, 'A', { repeatable: false })
    const answers = [...told.given.values()].map(({ answer }) => answer)
    expect(answers).toEqual([{ numero: '1', quando: '2026-03-02 08:00:01' }])
    const again = await write(insert, 'A', { repeatable: false })
    const message = expect.stringMatching(/ER_DUP_ENTRY 1062$/)
    expect([...again.failed.values()]).toMatchObject([{ mayBeGiven: false, error: { message } }])
  })

  it('takes receipts on no more rows than it may, and keys as values', async () => {
    for (const name of ['A', 'B']) await rig.put(name, Buffer.from('1'))
    const update = 'update pezzi set stato = :fate where nome = :key'
    for (const key of ['A', 'A', `'; drop table pezzi; -- `]) await write(update, key)
    expect(await pieces()).toMatchObject([{ stato: 'sent' }, { stato: null }])
    const told = await write(`update pezzi set stato = 'x' where nome <> :key`, 'C')
    expect([...told.failed.values()].map(({ error }) => error.message)).toEqual([
      expect.stringContaining('changed 2 rows'),
    ])
    expect(await pieces()).toMatchObject([{ stato: 'sent' }, { stato: null }])
  })

  it('answers keys that a float would confuse, and never writes for one', async () => {
    await rig.run(`create table righe (id bigint, dato varchar(20));
      insert into righe select 9007199254740990 + seq, concat('r', seq) from seq_1_to_9;
      grant select on righe to ${user()};
      create function scrivi() returns int begin
        insert into pezzi (nome) values ('x'); return 1; end;
      grant execute on function scrivi to ${user()}`)
    const look = (statement: string, keys: string[]) => {
      const settings = { ...rig.settings, lookup: { statement, key: 'id' } }
      return dbview.lookup!(contextFor(dbview, settings), keys)
    }
    const keys = ['9007199254740991', '9007199254740992', '9007199254740993']
    const statement = 'select * from righe where id in (:keys)'
    const answers = await look(statement, keys)
    expect(keys.map((key) => answers.get(key))).toMatchObject([
      { dato: 'r1' },
      { dato: 'r2' },
      { dato: 'r3' },
    ])
    const writing = await sourceErrorOf(look('select scrivi() as id where 1 = :key', ['1']))
    expect(writing.code).toBe('SRC_VIEW')
    expect(await pieces()).toEqual([])
  })
})
