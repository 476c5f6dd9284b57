// `staffetta restore FILE|-`: puts a copy in the place of the database, all of it or nothing. What
// was sent since the copy is found by the send journal; nothing leaves before a person resumes.
import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { demandAdministrator, systemUser } from './actor.ts'
import { type Command, type CommandContext, expectArguments } from './command.ts'
import { confirmed } from './confirm.ts'
import { progressLine } from './progress.ts'
import { formatCount } from './table.ts'

export const command: Command = {
  usage: 'FILE | - [--replace] [--check]',
  summary: 'put a copy of the database back, all of it or nothing',
  help: `
Puts a copy that \`staffetta backup\` made into the configured database, brings it up to this version,
and leaves it PAUSED: nothing is sent before \`staffetta resume installation\`. Every attempt that the
send journal names and the copy does not know becomes uncertain, and so does each message that was
made and sent since the copy, as soon as its record comes again.

  --check     only read the whole copy, and say what it holds
  --replace   throw away what the database holds
  --yes       do not ask

Stop Staffetta first. It needs the encryption keys of the installation that made the copy: on a new
machine bring the key file and the send journal (send-journal*.log in the data directory) first.
A copy that is cut short, altered, or of a newer version is refused, and nothing has changed.

Example: staffetta restore /backup/staffetta-2026-03-01.bak`,
  options: {
    replace: { type: 'boolean' },
    check: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async run(given, context) {
    const [source] = expectArguments(given, 'FILE') as [string]
    if (source !== '-') await access(source)
    const replace = given.values['replace'] === true
    if (replace && given.values['check'] !== true && given.values['yes'] !== true) {
      const question = 'All that the database holds is thrown away.'
      if (!(await confirmed(question, 'replace', '--yes'))) return 1
    }
    const copies = await context.openCopies()
    try {
      const sealed: AsyncIterable<Uint8Array> =
        source === '-' ? process.stdin : createReadStream(source, { highWaterMark: READ_BYTES })
      if (given.values['check'] === true) {
        const progress = progressLine()
        const found = await copies.check(sealed, progress.show).finally(progress.end)
        tell(context, found, `whole: ${holding(found)}`)
        return 0
      }
      const actor = systemUser()
      demandAdministrator(copies.config, actor)
      const progress = progressLine()
      const { show: onProgress } = progress
      const done = await copies.restore(sealed, { replace, actor, onProgress })
      const seconds = progress.end()
      const migrated = done.migrated.length === 0 ? '' : `Brought up: ${done.migrated.join(', ')}\n`
      const speed = formatCount(Math.round(done.rows / seconds))
      tell(
        context,
        { ...done, seconds },
        `restored: ${holding(done)}, in ${seconds.toFixed(1)} s (${speed} rows a second)\n` +
          `${migrated}${journalText(done.attempts)}` +
          'Paused. Start every node, look at `staffetta resolve --list`, then: ' +
          'staffetta resume installation',
      )
      return 0
    } finally {
      await copies.close()
    }
  },
}

const READ_BYTES = 1024 * 1024

function holding({ at, rows, tables }: { at: string; rows: number; tables: number }): string {
  return `the copy of ${at}, ${formatCount(rows)} rows of ${tables} tables`
}

function journalText(attempts: number): string {
  if (attempts === 0) {
    return 'The send journal here names no attempt that the copy does not know.\n'
  }
  return (
    `The send journal names ${formatCount(attempts)} attempts that the copy does not know: their ` +
    'messages are uncertain, or will be when their records come again.\n'
  )
}

function tell(context: CommandContext, result: object, text: string): void {
  context.out(context.json ? `${JSON.stringify(result)}\n` : `${text}\n`)
}
