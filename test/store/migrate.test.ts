import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openPool, type Pool } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

const folder = new URL('../../src/store/migrations/', import.meta.url)
const all = readdirSync(folder).sort()

describe('the migrations', () => {
  let database: FreshDatabase
  let pool: Pool
  beforeEach(async () => {
    database = await freshDatabase()
    pool = openPool({ url: database.url }, 5)
  })
  afterEach(async () => {
    await pool.end()
    await database.drop()
  })
  const applied = async () => {
    const { rows } = await pool.query('select name from schema_migrations order by name')
    return rows.map((row) => row.name)
  }

  test('are applied in order to an empty database, and only once', async () => {
    expect(await migrate(pool)).toEqual(all)
    expect(await migrate(pool)).toEqual([])
    expect(await applied()).toEqual(all)
  })

  test('are applied once by several who start at once', async () => {
    const other = openPool({ url: database.url }, 5)
    const answers = await Promise.all([pool, other, pool, other].map(migrate))
    await other.end()
    expect(answers.flat()).toEqual(all)
    expect(await applied()).toEqual(all)
  })

  test('refuse a database that a newer Staffetta has used, and leave it alone', async () => {
    await migrate(pool)
    await pool.query(`insert into schema_migrations (name) values ('2999-01-01T0000-future.sql')`)
    await expect(migrate(pool)).rejects.toThrow(
      /2999-01-01T0000-future\.sql.*newer Staffetta; install that version again/,
    )
    expect(await applied()).toEqual([...all, '2999-01-01T0000-future.sql'])
  })

  test('leave the database as it was when one fails, and say which', async () => {
    await pool.query('create table drops (id int)')
    await expect(migrate(pool)).rejects.toThrow(
      `migration ${all[0]} failed; the database is as it was before it`,
    )
    expect(await applied()).toEqual([])
    const { rows } = await pool.query(`select to_regclass('institutions') as found`)
    expect(rows).toEqual([{ found: null }])
  })

  test('can be tried again once the cause of a failure is gone', async () => {
    await pool.query('create table drops (id int)')
    await expect(migrate(pool)).rejects.toThrow('failed')
    await pool.query('drop table drops')
    expect(await migrate(pool)).toEqual(all)
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  test('have names that sort in the order of their making', () => {
    for (const name of all) expect(name).toMatch(/^\d{4}-\d\d-\d\dT\d{4}-[a-z0-9-]+\.sql$/)
  })
})
