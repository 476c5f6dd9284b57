// `staffetta preview FEED|MAPPING [FILE…]`: what a file would become; nothing is saved and nothing
// is sent. The payloads are those that the sender would POST, byte for byte.
import {
  type Command,
  type Config,
  configOf,
  type Given,
  type PreviewTarget,
  pairsOption,
  textOption,
  UsageError,
  zoneOf,
} from './command.ts'
import { findTargetOfSample, getTargetNamed } from './find-target.ts'
import { createTally, describeFault, describeRecord } from './record-text.ts'
import { formatCount } from './table.ts'

export const command: Command = {
  usage: 'FEED|MAPPING [FILE…]',
  summary: 'what would be sent, record by record; nothing is',
  help: `
Maps a file as the feed would and shows, for each record, the messages with the instant at which each
would leave and what the citizen would not see as it is written, or why it is refused. Of a settlement
it shows what each record would close, of a reference the row that it keeps. Touches neither network
nor database: references come from the sample that their mapping declares, or from --reference.
Systems are not asked unless --ask says so: the records that need an answer wait for it.

A mapping needs no feed to be previewed. INSTITUTION/NAME where several institutions have the name.
Without FILE the mapping's own sample is read; several files are the parts of one drop. A file of
samples/ alone is read by the mapping that names it.

  --json                   one JSON object a record, a line each: the payload exactly as IO would get it
  --reference NAME=FILE    a file for a reference; may be repeated. For a system, a JSON file of what
                           it answers: { "KEY": { "field": "text" }, "ANOTHER": null }
  --ask                    asks the systems about the records of the file, as the daemon would: it
                           opens the database, and what is asked counts in their daily caps
  --now INSTANT            the clock, as 2026-03-01T08:00:00Z: reminders in its past are not planned
  --language it|en|de      the citizen's language; Italian where the mapping has no other
  --limit N                show so many records in text (default 20; all are counted)

Example: staffetta preview bollette bollette-2026-03.zip --json | head -1
Exit code 1 when any record is refused, or the file cannot be read to its end; 0 of the sample of a
ready-made mapping, which has refused records to show them.`,
  options: {
    reference: { type: 'string', multiple: true },
    ask: { type: 'boolean' },
    now: { type: 'string' },
    language: { type: 'string' },
    limit: { type: 'string' },
  },
  async run(given, context) {
    const [typed, ...more] = given.positionals
    if (typed === undefined) throw new UsageError('missing argument: FEED or MAPPING')
    const options = optionsOf(given)
    const shown = limitOf(textOption(given, 'limit'))
    const { config, problems } = await context.readConfig()
    if (config === null) {
      context.note(context.errorsText(problems))
      return 78
    }
    const ofSample = more.length === 0 ? findTargetOfSample(config, typed) : null
    const target = ofSample ?? getTargetNamed(config, typed)
    const files = ofSample ? [typed] : more
    const { spec, home } = mappingOf(config, target)
    const isReady = files.length === 0 && home.catalogue !== null
    if (files.length === 0 && spec.sample === undefined) {
      throw new UsageError(`missing argument: FILE, since the mapping has no \`sample\``)
    }
    const unasked = systemsOf(spec).filter((name) => !options.references.has(name))
    const app =
      given.values['ask'] === true && unasked.length > 0
        ? await context.openApp({ sends: false })
        : null
    await using _closing = { [Symbol.asyncDispose]: async () => void (await app?.close()) }
    const askSystem = app?.askSystem(context.stop)
    const preview = { target, files, ...options, ...(askSystem && { askSystem }) }
    let encoding = ''
    const onEncoding = (found: string) => {
      encoding = found
    }
    const zone = zoneOf(config, target.institution)
    const tally = createTally(spec.shape)
    for await (const record of context.offline.previewFile(config, { ...preview, onEncoding })) {
      if (context.stop.aborted) {
        context.note('Stopped before the end of the file.\n')
        return 1
      }
      tally.add(record)
      if (context.json) await context.out(`${JSON.stringify(record)}\n`)
      if ('dropRefused' in record) {
        context.note(describeFault(record))
        return 1
      }
      if (!context.json && tally.records() <= shown) {
        await context.out(describeRecord(record, zone))
      }
    }
    if (!context.json) {
      const hidden = tally.records() - shown
      const more = hidden > 0 ? `… and ${formatCount(hidden)} more (--limit)\n` : ''
      const read = textFormats.has(spec.record.format) ? `The file was read as ${encoding}.\n` : ''
      const asked = app === null ? notAsked(unasked) : ''
      const next = isReady ? afterReady(target, tally.hasRefused(), configOf(context)) : ''
      await context.out(`${more}\n${tally.text()} Nothing was sent.\n${asked}${read}${next}`)
    }
    return tally.hasRefused() && !isReady ? 1 : 0
  },
}

/** Those whose bytes are text in an encoding that somebody chose. */
const textFormats: ReadonlySet<string> = new Set(['csv', 'fixed', 'ndjson', 'json', 'xml'])

function afterReady(
  { institution, mapping, feed }: PreviewTarget,
  hasRefused: boolean,
  at: string,
): string {
  const why = hasRefused ? 'The sample has records that are refused, to show how that looks.\n' : ''
  const name = `${institution}/${mapping}`
  const then = feed === null ? `; then a feed with \`mapping: ${mapping}\`` : ''
  return `${why}Next: a file of your own, staffetta preview ${name} FILE${at}${then}\n`
}

type Mapping = Config['institutions'][number]['mappings'][number]

function systemsOf(spec: Mapping['spec']): string[] {
  if (spec.shape !== 'notice') return []
  return [...new Set(Object.values(spec.lookups).flatMap(({ system }) => system ?? []))]
}

function notAsked(systems: readonly string[]): string {
  if (systems.length === 0) return ''
  return `Not asked: ${systems.join(', ')}. --ask asks, --reference NAME=FILE answers instead.\n`
}

function mappingOf(config: Config, { institution, mapping }: PreviewTarget): Mapping {
  const owner = config.institutions.find(({ id }) => id === institution)
  const found = owner?.mappings.find(({ name }) => name === mapping)
  if (!found) throw new Error(`the configuration has no mapping ${mapping} of ${institution}`)
  return found
}

function optionsOf(given: Given) {
  const references = pairsOption(given, 'reference', 'NAME=FILE')
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
