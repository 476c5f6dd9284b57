// A database for the tests of views: a table whose rows are pieces of what is put, a view over it,
// a role that may only read the view, and one that may write the table.
// Invariant: it cleans up behind itself, roles too, which a server has for all its databases.
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type dbview from '../../connectors/dbview/index.ts'
import { freshDatabase } from '../database.ts'
import type { Rig } from './connector.ts'

export type DbviewSettings = typeof dbview extends { settings: infer Z }
  ? Z extends { _zod: { output: infer S } }
    ? S
    : never
  : never

export interface ViewRig extends Rig<DbviewSettings> {
  /** As the owner of everything. */
  run(sql: string, values?: unknown[]): Promise<pg.QueryResult>
  reader: string
  writer: string
}

/** Pieces are small enough that a drop is many rows, and many batches. */
const pieceBytes = 6000

/** How a server is reached, by its URL: a socket's directory stands in `?host=`. */
export function placeOf(url: string): { host: string; port: number; database: string } {
  const { hostname, port, pathname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? hostname
  return { host, port: Number(port), database: pathname.slice(1) }
}

/** A rig over a database of the run's server, as its superuser, who alone may create roles. */
export async function startFreshRig(connector: typeof dbview): Promise<ViewRig> {
  const database = await freshDatabase()
  const url = new URL(database.url)
  url.username = 'postgres'
  return startViewRig(connector, { ...database, url: url.href })
}

/** A rig over an empty database, which `drop` removes at the end. */
export async function startViewRig(
  connector: typeof dbview,
  database: { url: string; drop(): Promise<void> },
): Promise<ViewRig> {
  const owner = new pg.Client({ connectionString: database.url })
  owner.on('error', () => {}) // The server may go before us.
  await owner.connect()
  const suffix = randomUUID().slice(0, 8)
  const [reader, writer] = [`legge_${suffix}`, `scrive_${suffix}`]
  const password = `segreta-${suffix}`
  process.env['STAFFETTA_TEST_DBVIEW_PASSWORD'] = password
  const run = (sql: string, values?: unknown[]) => owner.query(sql, values)
  await run(`
    create schema app;
    create table app.pezzi (
      nome text, numero int, dato text, stato text, esito text,
      modificato timestamptz not null default timestamptz '2026-03-01T08:00:00Z'
    );
    create table app.contatti (cf text, email text);
    create view app.dovuti as select nome, numero, dato, modificato from app.pezzi;
    create role ${reader} login password '${password}';
    create role ${writer} login password '${password}';
    grant usage on schema app to ${reader}, ${writer};
    grant select on app.dovuti, app.contatti to ${reader};
    grant select, update on app.pezzi to ${writer}`)
  let minute = 0
  return {
    connector,
    settings: {
      engine: 'postgresql',
      ...placeOf(database.url),
      username: reader,
      password: 'env:STAFFETTA_TEST_DBVIEW_PASSWORD',
      view: 'app.dovuti',
      watermark: { column: 'modificato' },
      fetchRows: 20,
      receipt: {
        statement: 'update app.pezzi set stato = :fate, esito = :code where nome = :key',
        batchRecords: 2,
        username: writer,
        password: 'env:STAFFETTA_TEST_DBVIEW_PASSWORD',
      },
      lookup: {
        statement: 'select cf, email from app.contatti where cf in (:keys)',
        key: 'cf',
        batch: 100,
      },
    },
    secrets: [password],
    reader,
    writer,
    run,
    async put(name, bytes) {
      minute += 1
      const at = Temporal.Instant.from('2026-03-01T09:00:00Z').add({ minutes: minute })
      const text = Buffer.from(bytes).toString('base64')
      const count = Math.max(1, Math.ceil(text.length / pieceBytes))
      const pieces = Array.from({ length: count }, (_, i) =>
        text.slice(i * pieceBytes, (i + 1) * pieceBytes),
      )
      await run(
        `insert into app.pezzi (nome, numero, dato, modificato)
         select $1, numero, dato, $2 from unnest($3::text[]) with ordinality as p(dato, numero)`,
        [name, at.toString(), pieces],
      )
    },
    isWaiting: async () => null,
    read(bytes) {
      const rows = recordsOf(bytes).sort((a, b) => Number(a['numero']) - Number(b['numero']))
      return Buffer.from(rows.map(({ dato }) => dato).join(''), 'base64')
    },
    async cut() {
      await cutReaders(run, reader)
      return async () => {}
    },
    told: {
      put: async (keys) =>
        void (await run('insert into app.pezzi (nome) select unnest($1::text[])', [keys])),
      async read() {
        const told = 'select nome, stato from app.pezzi where stato is not null order by nome'
        return (await run(told)).rows.map(({ nome, stato }) => [nome, stato])
      },
    },
    asked: {
      async put(rows) {
        const emails = [...rows.values()].map(({ email }) => email)
        const insert = 'insert into app.contatti select * from unnest($1::text[], $2::text[])'
        await run(insert, [[...rows.keys()], emails])
      },
    },
    async stop() {
      await cutReaders(run, reader) // A server does not see at once that a reader has left.
      await run(`drop owned by ${reader}, ${writer}; drop role ${reader}, ${writer}`)
      await owner.end()
      await database.drop()
    },
  }
}

/** Ends every connection of a role, and waits until they are gone. */
export async function cutReaders(run: ViewRig['run'], role: string): Promise<void> {
  await run('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [
    role,
  ])
}

/** The records of a drop. */
export function recordsOf(bytes: Buffer): Record<string, string | null>[] {
  const lines = bytes.toString().split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line))
}
