// The measurement of views: a million rows through the connector, by a watermark and whole, beside
// the bare driver, which reads them once and makes objects of them. Every reading is in a process
// of its own, and the driver is measured on both sides: on a shared machine it changes meanwhile.
import pg from 'pg'
import type { DbviewResult, DbviewTask } from './dbview-run.ts'
import { measure } from './measure.ts'

export interface DbviewReport {
  rows: number
  /** What is new by a watermark: handed over while it is read. */
  seconds: number
  /** The whole view: set aside until its last row tells whether anything changed. */
  wholeSeconds: number
  driverSeconds: number
  /** Peak of all rows less that of a tenth of them, the larger of both ways. */
  growthBytes: number
}

const wholeRows = 1_000_000

/** Fills the empty database behind this URL, and reads. */
export async function benchDbview(
  databaseUrl: string,
  share: number,
  signal: AbortSignal,
): Promise<DbviewReport> {
  const rows = Math.max(10, Math.round(wholeRows * share))
  const tenth = Math.round(rows / 10)
  await fill(databaseUrl, rows, tenth)
  const run = async (by: DbviewTask['by'], view: string, expected: number) => {
    const task = { by, databaseUrl, view }
    const result = await measure<DbviewTask, DbviewResult>('dbview-run', task, signal)
    if (result.rows !== expected) throw new Error(`dbview: ${result.rows} of ${expected} rows`)
    return result
  }
  const before = await run('driver', 'dovuti', rows)
  const few = await run('watermark', 'dovuti_pochi', tenth)
  const fewWhole = await run('whole', 'dovuti_pochi', tenth)
  const all = await run('watermark', 'dovuti', rows)
  const whole = await run('whole', 'dovuti', rows)
  const after = await run('driver', 'dovuti', rows)
  return {
    rows,
    seconds: all.seconds,
    wholeSeconds: whole.seconds,
    driverSeconds: (before.seconds + after.seconds) / 2,
    growthBytes: Math.max(all.peakBytes - few.peakBytes, whole.peakBytes - fewWhole.peakBytes),
  }
}

/** Dues of a school canteen: rows of some 200 bytes, the last of them a minute ago. */
async function fill(databaseUrl: string, rows: number, tenth: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(`
      create table righe as select n::bigint as id, 'RSSMRA80A01H501U'::text as codice_fiscale,
        'Alunno ' || n as nome, (n % 10000 / 100.0)::numeric(10, 2) as importo,
        date '2027-01-01' + n % 300 as scadenza, 302000000000000000 + n as avviso,
        'Mensa scolastica, mese ' || n % 12 as causale, n % 2 = 0 as attivo,
        now() - interval '1 minute' - (${rows} - n) * interval '1 millisecond' as modificato
      from generate_series(1, ${rows}) n`)
    await client.query('create view dovuti as select * from righe')
    await client.query(`create view dovuti_pochi as select * from righe where id <= ${tenth}`)
    await client.query('analyze righe')
  } finally {
    await client.end()
  }
}
