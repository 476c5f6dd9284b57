// The thread of one export: reads its rows by a connection of its own, in one snapshot, and hands
// bytes over as the other side asks for them, so that neither side holds more than a few pieces.
// Invariant: nothing is written through it.
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { type Connection, openPool } from '../../store/database.ts'
import { openVault, type VaultKey } from '../../store/vault.ts'
import { type ExportKind, exportSources } from './registry.ts'
import { type ExportFormat, sheetOf } from './sheet.ts'
import type { ExportCell, ExportReading, ExportSource } from './source.ts'

export interface ExportTask extends ExportReading<unknown> {
  kind: ExportKind
  format: ExportFormat
  /** Of the sheet. */
  name: string
  connection: Connection
  keys: readonly VaultKey[]
}

/** What it answers each time it is asked for more. */
export type ExportSaid =
  | { chunk: Uint8Array; rows: number }
  | { rows: number; isDone: true }
  | { fault: string }

/** Behind whatever sends; on Linux it is this thread’s alone. */
const NICE = 10
/** Whoever takes nothing for so long is gone. */
const IDLE_SECONDS = 600
/** The first rows may need a sort; later ones come at once. */
const STATEMENT_SECONDS = 120

const port = parentPort
if (port === null) throw new Error('thread.ts of exports runs as a worker thread only')
setPriority(0, NICE)

const task = workerData as ExportTask
let rows = 0
const pieces = piecesOf()
port.on('message', () => {
  pieces.next().then(
    ({ done, value }) => {
      if (done) return say({ rows, isDone: true })
      // A copy: what a library gives may be a part of a larger buffer that it uses again.
      const chunk = Uint8Array.from(value)
      say({ chunk, rows }, [chunk.buffer])
    },
    (error: Error) => say({ fault: error.stack ?? error.message }),
  )
})

function say(said: ExportSaid, moved: ArrayBuffer[] = []): void {
  port?.postMessage(said, moved)
}

async function* piecesOf(): AsyncGenerator<Uint8Array> {
  const source = (await exportSources[task.kind]()) as ExportSource<unknown>
  const { format, name, language, timeZone, isPersonal } = task
  const shown = source.columns.flatMap((column, index) =>
    column.isPersonal && !isPersonal ? [] : { column, index },
  )
  const vault = openVault(task.keys.map(({ id, key }) => ({ id, key: Buffer.from(key) })))
  const pool = openPool(task.connection, 1)
  const client = await pool.connect()
  async function* picked(): AsyncGenerator<ExportCell[]> {
    for await (const row of source.rows({ client, vault }, task)) {
      rows += 1
      yield shown.map(({ index }) => row[index] ?? null)
    }
  }
  try {
    await client.query(`set idle_in_transaction_session_timeout = '${IDLE_SECONDS}s'`)
    await client.query(`set statement_timeout = '${STATEMENT_SECONDS}s'`)
    await client.query('begin isolation level repeatable read read only')
    const columns = shown.map(({ column }) => column)
    yield* sheetOf(format, picked(), { name, language, timeZone, columns })
  } finally {
    client.release(true)
    await pool.end()
  }
}
