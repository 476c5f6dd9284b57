import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { type DatabaseLine, openDatabaseLine } from '../../scripts/soak/database-line.ts'
import { watchConnections } from '../../src/store/connection-watch.ts'

const QUICK = { lookMs: 10, suspectMs: 50, probeTimeoutMs: 300, slowCopyMs: 100 }

let line: DatabaseLine
let pool: pg.Pool

beforeEach(async () => {
  line = await openDatabaseLine(inject('databaseUrl'))
  const settings = { connectionString: line.environment.STAFFETTA_DATABASE }
  pool = new pg.Pool({ ...settings, max: 3 }).on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  watchConnections(pool, settings, QUICK)
})

afterEach(async () => {
  line.proxy.cut()
  await pool.end()
  await line.proxy.stop()
})

describe('a connection that has gone silent', () => {
  it('fails its query when nobody answers at all, and the next one comes through', async () => {
    await pool.query('select 1')
    line.proxy.blackhole()
    await expect(pool.query('select 1')).rejects.toMatchObject({ code: 'STORE_SILENT' })
    line.proxy.pass()
    await expect(pool.query('select 1 as one')).resolves.toMatchObject({ rows: [{ one: 1 }] })
  })

  it('fails its query when the server answers others, and knows of no such query', async () => {
    await pool.query('select 1')
    line.proxy.blackhole()
    const lost = pool.query('select 1')
    line.proxy.pass()
    await expect(lost).rejects.toMatchObject({ code: 'STORE_SILENT' })
  })
})

describe('a connection that is silent for a reason', () => {
  it('keeps its query as long as the server works on it', async () => {
    const long = pool.query(`select pg_sleep(0.6), 'done' as said`)
    await expect(long).resolves.toMatchObject({ rows: [{ said: 'done' }] })
  })

  it('keeps its query while it waits for a lock', async () => {
    const holder = await pool.connect()
    await holder.query('begin')
    await holder.query('select pg_advisory_xact_lock(4711)')
    const waiter = pool.query('select pg_advisory_xact_lock(4711)')
    await pool.query('select pg_sleep(0.6)')
    await holder.query('commit')
    holder.release()
    await expect(waiter).resolves.toMatchObject({ rowCount: 1 })
  })

  it('keeps its transaction while nothing is asked', async () => {
    const client = await pool.connect()
    await client.query('begin')
    await pool.query('select pg_sleep(0.6)')
    await expect(client.query('commit')).resolves.toMatchObject({ command: 'COMMIT' })
    client.release()
  })
})
