import pg from 'pg'
import { expect, inject, test } from 'vitest'
import { freshDatabase } from './database.ts'

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}

test('a fresh database is empty, its own, and gone after its drop even while in use', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()]
  const client = await connect(one.url)
  await client.query('create table seen (id int)')
  const elsewhere = await connect(other.url)
  const { rows } = await elsewhere.query(`select to_regclass('seen') as found`)
  expect(rows).toEqual([{ found: null }])

  await Promise.all([one.drop(), other.drop()])
  const left = await connect(inject('databaseUrl'))
  const names = [one, other].map(({ url }) => new URL(url).pathname.slice(1))
  const found = await left.query('select 1 from pg_database where datname = any($1)', [names])
  await left.end()
  expect(found.rowCount).toBe(0)
})

test('the shell that runs the tests names no database and no proxy', () => {
  const named = Object.keys(process.env).filter((name) =>
    /^(DATABASE_URL|PG.*|.*_PROXY)$/i.test(name),
  )
  expect(named).toEqual([])
})
