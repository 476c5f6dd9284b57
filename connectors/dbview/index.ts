// Rows of a view or table of a database: the four calls. Which rows, `window.ts`; how they are
// written, `rows.ts`; what is told back, `report.ts`; what is answered by key, `lookup.ts`.
// Invariants: a poll and a lookup only read, in read-only transactions; only `writeBack` writes.
import { defineConnector, SourceError } from '../../src/connector.ts'
import { checkView } from './check.ts'
import { lookUp } from './lookup.ts'
import { writeReceipts } from './report.ts'
import { openSession } from './session.ts'
import { type DbviewSettings, settings } from './settings.ts'
import { Spool } from './spool.ts'
import { compareColumns, describeView, namesOf, readsRows } from './view.ts'
import { findWindow, readMark } from './window.ts'

export default defineConnector<DbviewSettings>({
  summary: 'Rows of a view in a database: PostgreSQL, MySQL, MariaDB, SQL Server or Oracle.',
  settings,
  check: checkView,
  async *poll(context) {
    const { settings, log } = context
    if (!readsRows(settings)) {
      const message = 'the settings name no `view` and no `query`: there is nothing to read'
      throw new SourceError('SRC_SETTINGS', message, { retry: false })
    }
    const last = readMark(context.cursor)
    await using session = await openSession(context, 'read')
    await session.begin('read')
    const view = await describeView(session, settings)
    const schema = compareColumns(view, settings, last?.schema ?? null, log)
    await using spool = new Spool(settings.maximumMegabytes * 2 ** 20)
    const window = await findWindow(context, session, view, last, spool)
    if (window === null || (await context.known([window.key])).has(window.key)) return
    const { key, bytes, mark } = window
    const part = { name: `${partName(settings)}.ndjson`, mediaType: 'application/x-ndjson', bytes }
    yield { key, parts: [part], cursor: { schema, ...mark } }
  },
  writeBack: writeReceipts,
  lookup: lookUp,
})

function partName({ view }: DbviewSettings): string {
  return view === undefined ? 'query' : namesOf(view).at(-1)!
}
