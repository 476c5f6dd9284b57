import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backUp } from '../../src/store/backup.ts'
import { packBlocks } from '../../src/store/copy-format.ts'
import { openPool, type Pool } from '../../src/store/database.ts'
import {
  applyMigrations,
  createdByMigrations,
  migrate,
  migrationNames,
} from '../../src/store/migrate.ts'
import { checkCopy, restore } from '../../src/store/restore.ts'
import { sealStream } from '../../src/store/sealed-stream.ts'
import { openVault } from '../../src/store/vault.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

const now = Temporal.Instant.from('2026-03-02T08:00:00Z')
const key = { id: 1, key: randomBytes(32) }
const vault = openVault([key])
/** More than a frame and a block of every layer, and bytes that COPY must escape. */
const ROWS = 9000
const CHUNK_BYTES = 700_000

const databases: FreshDatabase[] = []
const pools: Pool[] = []
let source: Pool
let copy: Buffer

async function empty(): Promise<Pool> {
  const database = await freshDatabase()
  const pool = openPool({ url: database.url }, 4)
  databases.push(database)
  pools.push(pool)
  return pool
}

/** A copy as one buffer, and what was said of it. */
async function copyOf(pool: Pool) {
  const pieces: Uint8Array[] = []
  const keep = async (piece: Uint8Array) => void pieces.push(piece)
  const summary = await backUp(pool, vault, now, keep, () => {})
  return { summary, copy: Buffer.concat(pieces) }
}

async function* inPieces(bytes: Buffer, size = 10_007) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const putBack = (pool: Pool, bytes: Buffer, { replace = false, keys = vault } = {}) =>
  restore(pool, keys, inPieces(bytes), { replace, actor: 'anna', now, onProgress: () => {} })

/** A restore is an act, and pauses. */
const changed = ['installation', 'acts', 'acts_to_seal']

/** Every row as PostgreSQL writes it, but of the tables that a restore changes on purpose. */
async function contentOf(pool: Pool): Promise<Record<string, string[]>> {
  const { tables } = await createdByMigrations(await migrationNames())
  const content: Record<string, string[]> = {}
  for (const table of tables.filter((name) => !changed.includes(name))) {
    const { rows } = await pool.query<{ t: string }>(
      `select t::text as t from ${table} t order by 1`,
    )
    content[table] = rows.map(({ t }) => createHash('sha256').update(t).digest('hex'))
  }
  return content
}

const installationOf = async (pool: Pool) =>
  (await pool.query('select * from installation')).rows[0] as Record<string, unknown>

/** What a refused restore must leave alone. */
async function fingerprintOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  )
  return rows.map(({ name }) => name)
}

beforeAll(async () => {
  source = await empty()
  await migrate(source)
  await source.query(`insert into institutions (name) values ('comune'), ('unione\\t"x"')`)
  await source.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at, state,
       text_hash, code, detail)
     select n, 1, 1, n, 'first', 0, $1, 'waiting', sha256(n::text::bytea), null,
       case when n % 3 = 0 then E'a\\tb\\\\c\\nd' when n % 3 = 1 then '' end
     from generate_series(1, $2::int) n`,
    [now.toString(), ROWS],
  )
  await source.query(
    `insert into drop_chunks (drop_id, part, chunk, institution_id, sealed)
     values (1, 0, 0, 1, $1)`,
    [randomBytes(CHUNK_BYTES)],
  )
  await source.query(
    `insert into leases values ('account/a', 'one', 57, '-infinity'), ('x', 'y', 1, 'infinity')`,
  )
  await source.query(`select nextval('message_ids') from generate_series(1, 9)`)
  await source.query(
    `insert into attempts (institution_id, message_id, flow_id, account, service, fence, started_at)
     select 1, 1, 1, 'a', 's', 1, $1 from generate_series(1, 40)`,
    [now.toString()],
  )
  copy = (await copyOf(source)).copy
})

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()))
  await Promise.all(databases.map((database) => database.drop()))
})

describe('a copy', () => {
  it('put back is row for row what it was made of', async () => {
    const target = await empty()
    const restored = await putBack(target, copy)
    expect(restored).toMatchObject({ at: now.toString(), migrated: [] })
    expect(await contentOf(target)).toEqual(await contentOf(source))
    expect((await installationOf(target))['id']).toBe((await installationOf(source))['id'])
  })

  it('says how many rows and bytes it has, and its hash', async () => {
    const { summary, copy: again } = await copyOf(source)
    expect(summary.rows).toBeGreaterThan(ROWS)
    expect(summary.bytes).toBe(again.length)
    expect(summary.sha256).toBe(createHash('sha256').update(again).digest('hex'))
  })

  it('is whole and of one instant while others write', async () => {
    const pieces: Uint8Array[] = []
    await backUp(
      source,
      vault,
      now,
      async (piece) => {
        pieces.push(piece)
        await source.query(`update messages set attempts = attempts + 1 where id <= 10`)
        await source.query(`insert into series (institution_id, name) values (1, 'later-' || $1)`, [
          String(pieces.length),
        ])
      },
      () => {},
    )
    expect(pieces.length).toBeGreaterThan(1)
    const target = await empty()
    await putBack(target, Buffer.concat(pieces))
    const { rows } = await target.query('select * from series')
    expect(rows).toEqual([])
    await source.query('update messages set attempts = 0')
    await source.query('delete from series')
  })

  it('tells nothing in clear but its format, the id of its key and a salt', () => {
    const head = copy.subarray(0, copy.indexOf(0x0a)).toString('latin1')
    expect(head).toMatch(/^staffetta-backup 1 001 [\w-]{11} [\w-]{43}$/)
    const rest = copy.subarray(copy.indexOf(0x0a)).toString('latin1')
    for (const word of ['comune', 'messages', 'waiting', 'spine']) expect(rest).not.toContain(word)
  })

  it('has nothing of tables that are not Staffetta’s', async () => {
    await source.query('create table somebody_elses (v text)')
    const { summary } = await copyOf(source)
    const { tables } = await createdByMigrations(await migrationNames())
    expect(summary.tables).toBe(tables.length)
    await source.query('drop table somebody_elses')
  })

  it('of a database that Staffetta never opened is refused', async () => {
    await expect(copyOf(await empty())).rejects.toThrow('nothing of Staffetta’s yet')
  })

  it('of an older version is brought up to this one', async () => {
    const [first = ''] = await migrationNames()
    const old = await empty()
    await applyMigrations(old, [first])
    await old.query(`insert into institutions (name) values ('vecchio comune')`)
    const { copy: older } = await copyOf(old)
    const target = await empty()
    const { migrated } = await putBack(target, older)
    expect(migrated).toEqual((await migrationNames()).slice(1))
    const { rows } = await target.query('select name from institutions')
    expect(rows).toEqual([{ name: 'vecchio comune' }])
    expect(await migrate(target)).toEqual([])
  })
})

describe('a restored database', () => {
  it('is paused, and gives no id again', async () => {
    const target = await empty()
    await putBack(target, copy)
    const { paused_because: because, paused_since: since } = await installationOf(target)
    expect(because).toContain('restored from the copy of 2026-03-02T08:00:00Z')
    expect(since).toEqual(now)
    const next = async (sql: string) => Number((await target.query(sql)).rows[0].n)
    expect(await next(`select nextval('message_ids') as n`)).toBeGreaterThan(1e9)
    expect(
      await next(`insert into attempts (institution_id, message_id, flow_id, account, service,
        fence, started_at) values (1, 1, 1, 'a', 's', 1, now()) returning id as n`),
    ).toBeGreaterThan(1e9)
    expect(await next(`insert into institutions (name) values ('nuovo') returning id as n`)).toBe(3)
  })

  it('takes another’s place only when told so, and leaves strangers’ tables alone', async () => {
    const target = await empty()
    await migrate(target)
    await target.query(
      `insert into attempts (institution_id, message_id, flow_id, account, service, fence, started_at)
       values (9, 9, 9, 'other', 's', 1, now())`,
    )
    await target.query(`create table somebody_elses as select 1 as v`)
    await expect(putBack(target, copy)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
    expect((await target.query('select account from attempts')).rows).toEqual([
      { account: 'other' },
    ])
    await putBack(target, copy, { replace: true })
    expect(await contentOf(target)).toEqual(await contentOf(source))
    expect((await target.query('select v from somebody_elses')).rows).toEqual([{ v: 1 }])
  })

  it('is not one while Staffetta is using it', async () => {
    const target = await empty()
    const other = await target.connect()
    await expect(putBack(target, copy)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
    other.release()
  })
})

describe('a copy that is not whole', () => {
  const refused = async (bytes: Buffer, code: string, keys = vault) => {
    const target = await empty()
    await migrate(target)
    const before = await fingerprintOf(target)
    await expect(putBack(target, bytes, { keys })).rejects.toMatchObject({ code })
    expect(await fingerprintOf(target)).toEqual(before)
    expect((await target.query('select from messages')).rowCount).toBe(0)
    expect((await installationOf(target))['paused_because']).toBeNull()
  }

  it.each([0, 0.001, 0.5, 0.999, 1])('is refused when cut at %d of its length', async (share) => {
    await refused(copy.subarray(0, Math.floor((copy.length - 1) * share)), 'STORE_COPY_DAMAGED')
  })

  it('is refused when any byte is another', async () => {
    for (const share of [0.01, 0.3, 0.999]) {
      const altered = Buffer.from(copy)
      const at = Math.floor(copy.length * share)
      altered[at] = (altered[at] as number) ^ 1
      await expect(checkCopy(vault, inPieces(altered), () => {})).rejects.toMatchObject({
        code: 'STORE_COPY_DAMAGED',
      })
    }
  })

  it('is refused when frames are left out, or something follows', async () => {
    const start = copy.indexOf(0x0a) + 1
    const first = 4 + copy.readUInt32BE(start)
    const without = Buffer.concat([copy.subarray(0, start), copy.subarray(start + first)])
    await refused(without, 'STORE_COPY_DAMAGED')
    await refused(Buffer.concat([copy, Buffer.from('x')]), 'STORE_COPY_DAMAGED')
  })

  it('is told from one of another key', async () => {
    await refused(copy, 'STORE_COPY_KEY', openVault([{ id: 1, key: randomBytes(32) }]))
    await refused(copy, 'STORE_COPY_KEY', openVault([{ id: 2, key: key.key }]))
    const rotated = openVault([{ id: 2, key: randomBytes(32) }, key])
    await expect(checkCopy(rotated, inPieces(copy), () => {})).resolves.toMatchObject({ format: 1 })
  })

  it('is told from one of a newer version', async () => {
    const newer = await empty()
    await migrate(newer)
    await newer.query(`insert into schema_migrations values ('2999-01-01T0000-later.sql')`)
    await expect(copyOf(newer)).rejects.toThrow('used by a newer Staffetta')
    const migrations = [...(await migrationNames()), '2999-01-01T0000-later.sql']
    const header = { format: 1, at: '', installation: '', postgres: 1, migrations } as const
    async function* blocks() {
      yield { kind: 'header' as const, header: { ...header, tables: [], sequences: {} } }
    }
    const pieces = await Array.fromAsync(sealStream(vault, packBlocks(blocks())))
    await refused(Buffer.concat(pieces), 'STORE_COPY_NEWER')
  })
})

it('knows by name all that the migrations make', async () => {
  const pool = await empty()
  await migrate(pool)
  const created = await createdByMigrations(await migrationNames())
  const { rows } = await pool.query<{ kind: string; name: string }>(
    `select c.relkind::text as kind, c.relname as name from pg_class c
       left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid
         and d.deptype in ('a', 'i') and d.refclassid = 'pg_class'::regclass
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'S', 'p', 'f')
       and (c.relkind <> 'S' or d.objid is null) and c.relname <> 'schema_migrations'
     union all select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace
     union all select 'type', typname from pg_type
       where typnamespace = 'public'::regnamespace and typtype in ('e', 'd')`,
  )
  const names = (kind: string) =>
    rows
      .filter((row) => row.kind === kind)
      .map(({ name }) => name)
      .sort()
  expect(names('r')).toEqual(created.tables.sort())
  expect(names('S')).toEqual(created.sequences.sort())
  expect(names('function')).toEqual(created.functions.sort())
  expect(rows.filter(({ kind }) => !['r', 'S', 'function'].includes(kind))).toEqual([])
})
