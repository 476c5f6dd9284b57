// Yesterday's copy, put back today: send, copy, send more, restore, resume, and collect everything
// again. What the sandbox accepted in the end says whether any citizen heard twice.
import { type Copies, openCopies } from '../src/copying.ts'
import { child, type Installation } from './installation.ts'

export interface Yesterday {
  /** The flows of before the copy and of after it; the second one is mapped again after it. */
  flows: { before: number; after: number; again: number }
  /** Attempts that the send journal named and the copy did not know. */
  attempts: number
  /** Citizens that the sandbox accepted more than one message for. */
  duplicated: number
}

/** Children sent before the copy; waiting then, and sent after it; dropped and sent after it. */
export const PARTS = { before: 5, waiting: 4, after: 6 } as const

const rowsFrom = (start: number, count: number) =>
  Array.from({ length: count }, (_, n) => child(start + n))

/** Runs the whole story; `put` restores the sealed copy in place of the database. */
export async function restoreYesterday(
  here: Installation,
  put: (here: Installation, copy: Buffer) => Promise<void> = putByRestore,
): Promise<Yesterday> {
  const { before, waiting, after } = PARTS
  const early = rowsFrom(0, before + waiting)
  const flowBefore = await here.drop(early, 'mensa-uno.csv')
  // Some leave before the copy, the others wait: their instant has not come.
  await here.query(
    `update messages set send_at = send_at + interval '1 day'
     where id in (select message_id from source_records where flow_id = $1 and line > $2)`,
    [flowBefore, before + 1],
  )
  await here.send()
  const copy = await copyOf(here)
  await here.pass('1 day')
  const flowAfter = await here.drop(rowsFrom(before + waiting, after), 'mensa-due.csv')
  await here.send()
  await put(here, copy)
  await here.send()
  // Resumed after a look, and the day's files come again, as after any restore.
  await here.app.store.installation.resume({
    actor: 'anna',
    origin: 'cli',
    at: Temporal.Now.instant(),
  })
  await here.pass('1 day')
  const flowAgain = await here.drop(rowsFrom(before + waiting, after), 'mensa-due.csv')
  await here.send()
  await here.send()
  const counts = [...here.playground.sandbox.truth.acceptedCounts().values()]
  const [adopted] = await here.query<{ n: number }>(
    `select count(*)::int as n from attempt_outcomes where code = 'HOLD_JOURNAL_AHEAD'`,
  )
  return {
    flows: { before: flowBefore, after: flowAfter, again: flowAgain },
    attempts: adopted?.n ?? 0,
    duplicated: counts.filter((count) => count > 1).length,
  }
}

async function copyOf(here: Installation): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const keep = async (piece: Uint8Array) => void pieces.push(piece)
  await withCopies(here, (copies) => copies.backUp('anna', keep, () => {}))
  return Buffer.concat(pieces)
}

async function putByRestore(here: Installation, copy: Buffer): Promise<void> {
  await here.close()
  async function* sealed() {
    yield copy
  }
  const options = { replace: true, actor: 'anna', onProgress: () => {} }
  await withCopies(here, (copies) => copies.restore(sealed(), options))
  await here.reopen()
}

async function withCopies<T>({ playground }: Installation, work: (copies: Copies) => Promise<T>) {
  const { configDirectory } = playground
  const copies = await openCopies({ configDirectory, logLevel: 'silent', sends: false })
  try {
    return await work(copies)
  } finally {
    await copies.close()
  }
}
