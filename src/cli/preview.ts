// `staffetta preview FEED FILE`: what a file would become; nothing is saved and nothing is sent.
// The payloads are those that the sender would POST, byte for byte.
import {
  type Command,
  type CommandContext,
  expectArguments,
  type Given,
  textOption,
  UsageError,
} from './command.ts'
import { getFeedNamed } from './find-feed.ts'
import { formatCount, formatInstant } from './table.ts'

export const command: Command = {
  usage: 'FEED FILE',
  summary: 'what would be sent, record by record; nothing is',
  help: `
Maps a file as the feed would and shows, for each record, the messages with the instant at which each
would leave and what the citizen would not see as it is written, or why it is refused. Touches neither
network nor database: references come from the sample that their mapping declares, or from --reference.

  --json                   one JSON object a record, a line each: the payload exactly as IO would get it
  --reference NAME=FILE    a file for a reference; may be repeated
  --now INSTANT            the clock, as 2026-03-01T08:00:00Z: reminders in its past are not planned
  --language it|en|de      the citizen's language; Italian where the mapping has no other
  --limit N                show so many records in text (default 20; all are counted)

Example: staffetta preview bollette bollette-2026-03.zip --json | head -1
Exit code 1 when any record is refused, or the file cannot be read to its end.`,
  options: {
    reference: { type: 'string', multiple: true },
    now: { type: 'string' },
    language: { type: 'string' },
    limit: { type: 'string' },
  },
  async run(given, context) {
    const [feedPath, file] = feedAndFile(given)
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.problemsText(problems))
      return 78
    }
    const feed = getFeedNamed(config, feedPath)
    let encoding = ''
    const onEncoding = (found: string) => {
      encoding = found
    }
    const preview = { feed, file, onEncoding, ...optionsOf(given) }
    const counts = { records: 0, notices: 0, messages: 0, refused: 0, skipped: 0, warnings: 0 }
    const shown = limitOf(textOption(given, 'limit'))
    try {
      for await (const record of context.offline.previewFile(config, preview)) {
        counts.records += 1
        if ('messages' in record) {
          counts.notices += 1
          counts.messages += record.messages.length
          counts.warnings += record.messages.flatMap(({ warnings }) => warnings).length
        } else if ('refused' in record) counts.refused += 1
        else counts.skipped += 1
        if (context.json) await context.out(`${JSON.stringify(record)}\n`)
        else if (counts.records <= shown) await context.out(describe(record))
      }
    } catch (error) {
      if (!isDropError(error)) throw error
      return dropFailed(error, context)
    }
    if (!context.json) context.out(summary(counts, encoding))
    return counts.refused > 0 ? 1 : 0
  },
}

/** `INSTITUTION/FEED FILE` or `FEED FILE`. */
function feedAndFile(given: Given): [string, string] {
  return expectArguments(given, 'FEED', 'FILE') as [string, string]
}

function optionsOf(given: Given) {
  const pairs = [given.values['reference'] ?? []].flat().map(String)
  const references = new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UsageError(`--reference wants NAME=FILE, not "${pair}"`)
      return [pair.slice(0, at), pair.slice(at + 1)] as const
    }),
  )
  const language = textOption(given, 'language') ?? 'it'
  if (language !== 'it' && language !== 'en' && language !== 'de') {
    throw new UsageError('--language is it, en or de')
  }
  return { references, language, now: nowOf(textOption(given, 'now')) } as const
}

function limitOf(typed: string | null): number {
  const limit = typed === null ? 20 : Number(typed)
  if (Number.isSafeInteger(limit) && limit >= 0) return limit
  throw new UsageError('--limit is a whole number')
}

function nowOf(typed: string | null): Temporal.Instant {
  try {
    return typed === null ? Temporal.Now.instant() : Temporal.Instant.from(typed)
  } catch {
    throw new UsageError('--now wants an instant such as 2026-03-01T08:00:00Z')
  }
}

type Previewed =
  ReturnType<CommandContext['offline']['previewFile']> extends AsyncGenerator<infer R> ? R : never

function describe(record: Previewed): string {
  const head = `line ${record.line}${record.key === null ? '' : `  ${record.key}`}`
  if ('refused' in record) {
    const lines = record.refusals.map(
      ({ code, field, detail, remedy }) =>
        `    ${code}${field ? ` ${field}` : ''}: ${detail} ${remedy}`,
    )
    return `${head}  REFUSED\n${lines.join('\n')}\n`
  }
  if ('skipped' in record) return `${head}  skipped: ${record.skipped}\n`
  const lines = record.messages.flatMap(({ sendAt, purpose, payload, warnings }) => {
    const when = purpose === 'first' ? 'at once' : formatInstant(Temporal.Instant.from(sendAt))
    const advice = warnings.map(
      ({ path, rule, detail, remedy }) => `      warning ${path} [${rule}]: ${detail} ${remedy}`,
    )
    return [`    ${when.padEnd(19)}  ${payload.content.subject}`, ...advice]
  })
  return `${head}  → ${record.messages[0]?.payload.fiscal_code}\n${lines.join('\n')}\n`
}

function summary(counts: Record<string, number>, encoding: string): string {
  const n = (name: string) => formatCount(counts[name] ?? 0)
  const what =
    `${n('records')} records: ${n('notices')} notices with ${n('messages')} messages, ` +
    `${n('refused')} refused, ${n('skipped')} skipped; ${n('warnings')} warnings.`
  return `\n${what} Nothing was sent.\nThe file was read as ${encoding}.\n`
}

interface DropFault {
  code: string
  detail: string
  line: number | null
  remedy: string
}

function isDropError(error: unknown): error is Error & DropFault {
  return error instanceof Error && error.name === 'DropError'
}

function dropFailed({ code, detail, line, remedy }: DropFault, context: CommandContext): number {
  if (context.json)
    context.out(`${JSON.stringify({ dropRefused: { code, line, detail, remedy } })}\n`)
  context.note(`${code}: ${detail}\n${remedy}\n`)
  return 1
}
