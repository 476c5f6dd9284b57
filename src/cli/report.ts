// `staffetta report FLOW`: the reconciliation of a flow, every record with how it ended.
// Read from the tables a page at a time, whatever the size of the flow.

import { type Command, expectArguments, textOption, UsageError } from './command.ts'
import { accountText } from './flow-account-text.ts'
import { lettersOf, lettersText } from './letters.ts'
import { writeRest } from './rest.ts'

export const command: Command = {
  usage: 'FLOW',
  summary: 'the reconciliation: every record with how it ended',
  help: `
Prints the account of a flow; with --format every record of it, one line each, in the order of the
drop: line, key, outcome, code, detail, IO's message id, instant.

  --format csv    the file that the source gets back (UTF-8 with BOM, ";"), with a column more for
                  each source or system that was told: given, uncertain …, and what it answered
  --format json   one JSON object a record, a line each
  --rest FILE     the drop again, in its own format, with the records alone that no message reached:
                  for who prints letters. FILE must not exist; a drop of several files becomes a
                  directory
  --json          the account as JSON

Example: staffetta report 12 --format csv > esiti.csv`,
  options: { format: { type: 'string' }, rest: { type: 'string' } },
  async run(given, context) {
    const [typed] = expectArguments(given, 'FLOW') as [string]
    const format = textOption(given, 'format')
    if (format !== null && format !== 'csv' && format !== 'json') {
      throw new UsageError('--format is csv or json')
    }
    const rest = textOption(given, 'rest')
    if (rest !== null && format !== null) throw new UsageError('give --format or --rest')
    const app = await context.openApp()
    try {
      const flow = await app.store.flows.get(Number(typed) || 0)
      if (rest !== null) return await writeRest(app, flow, rest, context)
      if (format === null) {
        const account = await app.store.flows.account(flow.id)
        const saved = lettersOf(app, flow, account)
        const text = context.json
          ? `${JSON.stringify({ ...account, ...(saved && { lettersSaved: saved }) })}\n`
          : accountText(account) + lettersText(saved)
        context.out(text)
        return 0
      }
      for await (const piece of app.reportOf(flow.id, format)) await context.out(piece)
      return 0
    } finally {
      await app.close()
    }
  },
}
