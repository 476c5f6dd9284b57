// The canteen's database, as its program would have it: a PostgreSQL of its own on this machine,
// with a table of dues, a view that a role may only read, a role that may only set two columns, and
// what the registry and the counter say.
// Invariant: it is not the installation's database, as no system of an office is.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { getBinaries, reachBinaries } from '../../src/store/binaries.ts'
import { getServerUser } from '../../src/store/server-user.ts'
import { startPostgres } from '../peers/postgres.ts'
import { groundFor } from '../peers/server.ts'

export interface Due {
  id: number
  fiscalCode: string
  child: string
  month: string
  amountCents: number
  /** ISO */
  dueOn: string
  noticeNumber: string
}

/** What the program shows of a due: what Staffetta wrote beside it. */
export interface DueState {
  id: number
  state: string | null
  reason: string | null
}

export interface Canteen {
  port: number
  readPassword: string
  writePassword: string
  add(dues: readonly Due[]): Promise<void>
  states(): Promise<DueState[]>
  /** For what its administrator does: renaming a column, changing a due. */
  administer(statement: string): Promise<void>
  stop(): Promise<void>
}

const database = 'mensa'
const roles = { read: 'solo-per-leggere', write: 'solo-per-scrivere' }

const structure = `
create schema app;
create table app.dovuti (
  id bigint primary key, codice_fiscale text, nome_alunno text, mese text, importo numeric(10, 2),
  scadenza date, avviso text, stato_io text, motivo_io text,
  modificato timestamptz not null default now()
);
create table app.anagrafe (codice_fiscale text primary key, deceduto_il date);
create table app.pagamenti (avviso text primary key, stato text not null);
create view app.dovuti_mensa as
  select id, codice_fiscale, nome_alunno, mese, importo, scadenza, avviso, modificato
  from app.dovuti;
create role staffetta_legge login password '${roles.read}';
create role staffetta_scrive login password '${roles.write}';
grant usage on schema app to staffetta_legge, staffetta_scrive;
grant select on app.dovuti_mensa, app.anagrafe, app.pagamenti to staffetta_legge;
grant select (id), update (stato_io, motivo_io) on app.dovuti to staffetta_scrive;`

/** Starts the server in a directory of its own below `directory`, which must exist. */
export async function startCanteen(directory: string): Promise<Canteen> {
  const root = join(directory, 'gestionale-mensa')
  await mkdir(root, { mode: 0o711 })
  const user = getServerUser(root)
  const home = join(root, 'postgres')
  const { directory: programs } = await reachBinaries(getBinaries(), home, user)
  const server = await startPostgres(groundFor('postgres', root, user), join(programs, 'bin'))
  const url = new URL(server.url)
  const first = new pg.Client({ connectionString: url.href })
  await first.connect()
  await first.query(`create database ${database}`)
  await first.end()
  url.pathname = `/${database}`
  const owner = new pg.Pool({ connectionString: url.href, max: 2 }).on('error', () => {})
  await owner.query(structure)
  return {
    port: Number(url.port),
    readPassword: roles.read,
    writePassword: roles.write,
    add: (dues) => add(owner, dues),
    states: async () => (await owner.query<DueState>(STATES)).rows,
    async administer(statement) {
      await owner.query(statement)
    },
    async stop() {
      await owner.end()
      await server.stop()
    },
  }
}

const STATES = `
  select id::int, stato_io as state, motivo_io as reason from app.dovuti order by id`

async function add(owner: pg.Pool, dues: readonly Due[]): Promise<void> {
  await owner.query(
    `insert into app.dovuti (id, codice_fiscale, nome_alunno, mese, importo, scadenza, avviso)
     select id, cf, alunno, mese, cents::numeric / 100, scadenza, avviso
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::int[], $6::date[], $7::text[])
       as given (id, cf, alunno, mese, cents, scadenza, avviso)`,
    [
      dues.map(({ id }) => id),
      dues.map(({ fiscalCode }) => fiscalCode),
      dues.map(({ child }) => child),
      dues.map(({ month }) => month),
      dues.map(({ amountCents }) => amountCents),
      dues.map(({ dueOn }) => dueOn),
      dues.map(({ noticeNumber }) => noticeNumber),
    ],
  )
}
