// Rows of a view or table of a database: the three calls. Which rows, `window.ts`; how they are
// written, `rows.ts`; what is told back, `report.ts`.
// Invariants: a poll only reads, in one read-only transaction; only `writeBack` ever writes.
import { defineConnector, SourceError } from '../../src/connector.ts'
import { checkView } from './check.ts'
import { writeReceipts } from './report.ts'
import { createDigest, markOf, readLines } from './rows.ts'
import { openSession, type Session } from './session.ts'
import { type DbviewSettings, settings } from './settings.ts'
import { compareColumns, describeView, namesOf, type View } from './view.ts'
import { findWindow, readMark, type Window } from './window.ts'

export default defineConnector<DbviewSettings>({
  summary: 'Rows of a view in a database: PostgreSQL, MySQL, MariaDB, SQL Server or Oracle.',
  settings,
  check: checkView,
  async *poll(context) {
    const { settings, log } = context
    const last = readMark(context.cursor)
    await using session = await openSession(context, 'read')
    await session.begin('read')
    const view = await describeView(session, settings)
    const schema = compareColumns(view, settings, last?.schema ?? null, log)
    const window = await findWindow(context, session, view, last)
    if (window === null || (await context.known([window.key])).has(window.key)) return
    const bytes = readBytes(session, settings, view, window)
    const part = { name: `${partName(settings)}.ndjson`, mediaType: 'application/x-ndjson', bytes }
    yield { key: window.key, parts: [part], cursor: { schema, ...window.mark } }
  },
  writeBack: writeReceipts,
})

async function* readBytes(
  session: Session,
  settings: DbviewSettings,
  view: View,
  { conditions, skip, digest: expected }: Window,
): AsyncGenerator<Uint8Array> {
  const digest = createDigest()
  for await (const lines of readLines(session, settings, view, conditions)) {
    if (expected !== null) lines.forEach(digest.add)
    const fresh = skip.size === 0 ? lines : lines.filter((line) => !skip.has(markOf(line)))
    if (fresh.length > 0) yield Buffer.from(`${fresh.join('\n')}\n`)
  }
  if (expected === null || digest.value() === expected) return
  const message =
    `${view.name} gave other rows when it was read a second time, in one transaction: does it ` +
    'use the clock, or chance? Name the columns that are meant in `columns`'
  throw new SourceError('SRC_VIEW_MOVED', message, { retry: true })
}

function partName({ view }: DbviewSettings): string {
  return view === undefined ? 'query' : namesOf(view).at(-1)!
}
