// The floor under `map`: the same bytes through csv-parse into one table of text columns by COPY,
// in one transaction. No mapping, no checks, no keys, no encryption: what any tool would have to
// do.
import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parse } from 'csv-parse'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { billsHeader } from '../samples.ts'
import { answerMeasure } from './measure.ts'

export interface FloorTask {
  databaseUrl: string
  bills: string
  rows: number
}

export interface FloorResult {
  seconds: number
}

await answerMeasure(async ({ databaseUrl, bills, rows }: FloorTask): Promise<FloorResult> => {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const columns = billsHeader()
    .split(';')
    .map((name) => `${name} text`)
  await client.query(`create table raw (${columns.join(', ')})`)
  const start = performance.now()
  await client.query('begin')
  await pipeline(
    createReadStream(bills),
    parse({ delimiter: ';', encoding: 'latin1', from: 2 }),
    copyLines(),
    client.query(copyFrom('copy raw from stdin')),
  )
  await client.query('commit')
  const seconds = (performance.now() - start) / 1000
  const found = await client.query('select count(*)::int as n from raw')
  await client.end()
  if (found.rows[0].n !== rows) throw new Error(`${found.rows[0].n} rows instead of ${rows}`)
  return { seconds }
})

/** Rows as lines of COPY's text format; many joined, since each write has its cost. */
function copyLines(): Transform {
  const joined = 500
  let lines: string[] = []
  return new Transform({
    writableObjectMode: true,
    writableHighWaterMark: 1000,
    transform(cells: string[], _encoding, done) {
      lines.push(cells.map(escaped).join('\t'))
      if (lines.length < joined) return done()
      const text = `${lines.join('\n')}\n`
      lines = []
      done(null, text)
    },
    flush(done) {
      done(null, lines.length > 0 ? `${lines.join('\n')}\n` : null)
    },
  })
}

function escaped(cell: string): string {
  return /[\\\t\n\r]/.test(cell) ? cell.replace(/[\\\t\n\r]/g, '\\$&') : cell
}
