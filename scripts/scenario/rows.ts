// The messages of the simulated year as Staffetta’s tables have them, found again by the keys of
// the world’s positions. For the judge; nothing here decides anything.
import type pg from 'pg'
import type { App } from '../../src/app.ts'
import { keysOf } from '../../src/opening.ts'
import { openVault } from '../../src/store/vault.ts'
import type { Position } from './position.ts'

export interface Row {
  id: number
  key: string
  template: number
  /** The instant of its campaign’s run; null: it is no campaign’s. */
  run: number | null
  state: string
  code: string | null
  sendAt: number
  sentAt: number | null
  closedAt: number | null
  moved: string | null
}

export interface Tables {
  rows: Row[]
  /** When IO said that it was paid, by key. */
  paidOnIo: Map<string, number>
  /** When services that were paused were resumed, in order. */
  resumed: { service: string; at: number }[]
  flows: number[]
}

export async function readTables(
  { config, dataDirectory }: App,
  pool: pg.Pool,
  positions: readonly Position[],
): Promise<Tables> {
  const vault = openVault(keysOf(config, dataDirectory))
  const keys = new Map(
    positions.map(({ key }) => [vault.hash('key', key).toString('hex'), key] as const),
  )
  const named = <T extends { hash: string }>(rows: T[]) =>
    rows.map(({ hash, ...row }) => ({ ...row, key: keys.get(hash) ?? `unknown ${hash}` }))
  const messages = await pool.query(MESSAGES)
  const paid = await pool.query<{ hash: string; at: number }>(PAID)
  const resumed = await pool.query<{ service: string; at: number }>(RESUMED)
  const flows = await pool.query<{ id: string }>('select id from flows order by id')
  return {
    rows: named(messages.rows) as Row[],
    paidOnIo: new Map(named(paid.rows).map(({ key, at }) => [key, at])),
    resumed: resumed.rows,
    flows: flows.rows.map(({ id }) => Number(id)),
  }
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`

const MESSAGES = `
  select m.id::int, encode(n.key_hash, 'hex') as hash, m.template, ${ms('r.at')} as run, m.state,
    m.code, ${ms('m.send_at')} as "sendAt", ${ms('m.sent_at')} as "sentAt",
    ${ms('m.closed_at')} as "closedAt", m.moved
  from messages m join notices n on n.id = m.notice_id join flows f on f.id = m.flow_id
    left join campaign_runs r on m.purpose = 'campaign' and r.flow_id = f.id
  order by m.id`

const PAID = `
  select encode(key_hash, 'hex') as hash, ${ms('ended_at')} as at from notices
  where ended_by = 'payment'`

const RESUMED = `
  select substr(subject, length('service/') + 1) as service, ${ms('at')} as at
  from acts where verb = 'resumed' and subject like 'service/%' order by at`
