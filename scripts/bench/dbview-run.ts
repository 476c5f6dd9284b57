// One reading of a view, in a process of its own: by the connector `dbview`, as the core reads a
// drop, or by the bare driver, which makes objects of the rows and leaves them. Memory is watched.
import pg from 'pg'
import Cursor from 'pg-cursor'
import dbview from '../../connectors/dbview/index.ts'
import { firstPoll } from './first-poll.ts'
import { answerMeasure } from './measure.ts'
import { watchMemory } from './memory.ts'

export interface DbviewTask {
  by: 'watermark' | 'whole' | 'driver'
  databaseUrl: string
  view: string
}

export interface DbviewResult {
  rows: number
  bytes: number
  seconds: number
  peakBytes: number
}

const BATCH_ROWS = 500

await answerMeasure(async ({ by, databaseUrl, view }: DbviewTask): Promise<DbviewResult> => {
  const memory = watchMemory()
  const start = performance.now()
  const read = by === 'driver' ? readBare(databaseUrl, view) : readDrop(databaseUrl, view, by)
  const { rows, bytes } = await read
  const seconds = (performance.now() - start) / 1000
  const peakBytes = memory.peak()
  memory.stop()
  return { rows, bytes, seconds, peakBytes }
})

async function readBare(databaseUrl: string, view: string) {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const cursor = client.query(new Cursor(`select * from ${view}`))
  let rows = 0
  for (let got = BATCH_ROWS; got === BATCH_ROWS; rows += got) {
    got = (await cursor.read(BATCH_ROWS)).length
  }
  await client.end()
  return { rows, bytes: 0 }
}

async function readDrop(databaseUrl: string, view: string, by: DbviewTask['by']) {
  const url = new URL(databaseUrl)
  const settings = dbview.settings.parse({
    engine: 'postgresql',
    host: url.searchParams.get('host') ?? url.hostname,
    port: Number(url.port),
    database: url.pathname.slice(1),
    username: url.username,
    view,
    fetchRows: BATCH_ROWS,
    ...(by === 'watermark' && { watermark: { column: 'modificato' } }),
  })
  let rows = 0
  let bytes = 0
  for await (const drop of dbview.poll(firstPoll(settings))) {
    for await (const chunk of drop.parts[0]!.bytes) {
      bytes += chunk.length
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows += 1
    }
  }
  return { rows, bytes }
}
