// What a case expects of one record, against what it became: each thing that was said to be so and
// is not, with its path. Lists that a case writes are complete; in a payload only what it names is
// compared.

import { dueDayOf } from '../../domain/civil-date.ts'
import { languages } from '../../domain/language.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { ExpectSpec } from '../../mapping/case-spec.ts'
import { type Difference, differencesOf, namedDifferences } from './difference.ts'
import type { PreviewedMessage, PreviewedRecord, WholeNotice } from './preview.ts'

/** When and where a case ran: its instants are said in this zone. */
export interface CaseClock {
  now: Temporal.Instant
  /** An IANA name: `Europe/Rome`. */
  zone: string
}

/** What can be said of a record, by the names that cases use. */
export type Facts = Record<string, unknown>

/** Why a record is not what a case expects; none when it is. */
export function judgeRecord(
  expect: ExpectSpec,
  record: PreviewedRecord,
  clock: CaseClock,
): Difference[] {
  const facts = factsOf(record, clock)
  const wanted = Object.entries(expect).filter(([, value]) => value !== undefined)
  if (wanted.some(([name]) => !((name === 'markdownContains' ? 'markdown' : name) in facts))) {
    const expected = Object.fromEntries(wanted)
    return [{ line: null, path: '', expected, actual: outcomeOf(record) }]
  }
  return wanted.flatMap(([name, value]) => judgeOne(name, value, facts))
}

function judgeOne(name: string, value: unknown, facts: Facts): Difference[] {
  switch (name) {
    case 'markdownContains':
      return missingPieces(value as string[], facts['markdown'], name)
    case 'dueDate':
      return differencesOf(value, dueDateAs(String(value), facts), name)
    case 'row':
    case 'payload':
    case 'facets':
      return namedDifferences(value, facts[name], name)
    case 'reminders':
      return reminderDifferences(value as Expected[], facts[name] as NewMessage[], name)
    case 'otherLanguages':
      return languageDifferences(value as OtherLanguages, facts[name] as ByLanguage, name)
    default:
      return differencesOf(value, facts[name], name)
  }
}

type OtherLanguages = NonNullable<ExpectSpec['otherLanguages']>
type Expected = NonNullable<ExpectSpec['reminders']>[number]

/** The messages of a record as citizens of one language get them. */
interface InLanguage {
  first: NewMessage | undefined
  reminders: NewMessage[]
}
export type ByLanguage = Partial<Record<string, InLanguage>>

/** Each reminder beside the one that was expected in its place. */
function reminderDifferences(
  wanted: readonly Expected[],
  found: readonly NewMessage[],
  path: string,
): Difference[] {
  const titles = found.map(({ content }) => content.subject)
  if (wanted.length !== found.length) {
    const expected = wanted.map((one, index) => one.subject ?? titles[index] ?? '(any)')
    return [{ line: null, path, expected, actual: titles }]
  }
  return wanted.flatMap((one, index) => textDifferences(one, found[index]!, `${path}[${index}]`))
}

function textDifferences(
  { subject, markdownContains, payload }: Expected,
  actual: NewMessage,
  path: string,
): Difference[] {
  const { content } = actual
  return [
    ...(subject === undefined ? [] : differencesOf(subject, content.subject, `${path}.subject`)),
    ...missingPieces(markdownContains ?? [], content.markdown, `${path}.markdownContains`),
    ...(payload === undefined ? [] : namedDifferences(payload, actual, `${path}.payload`)),
  ]
}

function languageDifferences(
  wanted: OtherLanguages,
  found: ByLanguage,
  path: string,
): Difference[] {
  return languages.flatMap((language) => {
    const texts = wanted[language]
    if (texts === undefined) return []
    const at = `${path}.${language}`
    const actual = found[language]
    if (actual?.first === undefined) {
      return [{ line: null, path: at, expected: texts, actual: 'no message in this language' }]
    }
    const { reminders, ...first } = texts
    return [
      ...textDifferences(first, actual.first, at),
      ...(reminders ? reminderDifferences(reminders, actual.reminders, `${at}.reminders`) : []),
    ]
  })
}

/** What can be said of a record, by the names that cases use. */
export function factsOf(record: PreviewedRecord, clock: CaseClock): Facts {
  const { key } = record
  if ('refused' in record) return { key, refused: record.refusals.map(({ code }) => code) }
  if ('waiting' in record) {
    return { key, waiting: record.waiting.map(({ reference }) => reference) }
  }
  if ('closes' in record) return { key, closes: record.closes }
  if ('duplicate' in record) return { key }
  if ('row' in record) return { key, row: record.row }
  const skipped = 'skipped' in record ? { skipped: record.skipped } : {}
  const doubts = 'doubts' in record ? (record.doubts ?? []) : []
  const messages = record.messages ?? []
  return {
    key,
    ...skipped,
    ...wholeFacts(record, messages),
    ...messageFacts(messages, doubts, clock),
  }
}

function wholeFacts(
  { whole }: { whole?: WholeNotice },
  messages: readonly PreviewedMessage[],
): Facts {
  if (whole === undefined) return {}
  const { group, single, facets } = whole.data
  const otherLanguages: ByLanguage = {}
  for (const language of languages) {
    const all = whole.payloads.flatMap((payloads) => payloads[language] ?? [])
    if (all.length === 0) continue
    const reminders = all.filter((_, index) => messages[index]?.purpose === 'reminder')
    otherLanguages[language] = { first: all[0], reminders }
  }
  return { group, ...(single !== undefined && { single }), facets, otherLanguages }
}

/** Nothing is known of a notice that no message speaks of. */
function messageFacts(
  messages: readonly PreviewedMessage[],
  doubts: readonly { code: string }[],
  clock: CaseClock,
): Facts {
  const content = messages[0]?.payload.content
  if (content === undefined) return { messages: 0, planned: [], reminders: [] }
  const payment = content.payment_data
  return {
    fiscalCode: messages[0]?.payload.fiscal_code,
    subject: content.subject,
    markdown: content.markdown,
    payload: messages[0]?.payload,
    amountCents: payment?.amount ?? null,
    noticeNumber: payment?.notice_number ?? null,
    payee: payment?.payee?.fiscal_code ?? null,
    dueDate: content.due_date ?? null,
    messages: messages.length,
    planned: messages.map((message) => plannedAs(message, clock)),
    reminders: messages.flatMap(({ purpose, payload }) =>
      purpose === 'reminder' ? [payload] : [],
    ),
    warnings: [
      ...doubts.map(({ code }) => code),
      ...messages.flatMap(({ warnings }) => warnings.map(({ rule }) => rule)),
    ],
  }
}

/** `now`, or the local time to the minute at which a message leaves. */
function plannedAs({ sendAt, opensAt }: PreviewedMessage, { now, zone }: CaseClock): string {
  if (opensAt !== undefined) return opensAt
  const instant = Temporal.Instant.from(sendAt)
  if (Temporal.Instant.compare(instant, now) <= 0) return 'now'
  return instant.toZonedDateTimeISO(zone).toPlainDateTime().toString({ smallestUnit: 'minute' })
}

/** In one line, where the outcome itself is another one. */
export function outcomeOf(record: PreviewedRecord): string {
  if ('refused' in record) {
    const why = record.refusals.map(
      ({ code, field, detail }) => `${code} ${field ?? ''}: ${detail}`,
    )
    return `refused: ${why.join(' ')}`
  }
  if ('skipped' in record) return `skipped: ${record.skipped}`
  if ('messages' in record) return `a notice with ${record.messages.length} messages`
  if ('waiting' in record) return 'waiting for a row of a reference'
  if ('duplicate' in record) return `duplicate: ${record.duplicate}`
  return 'closes' in record ? `closes: ${record.closes}` : 'a row'
}

function missingPieces(pieces: readonly string[], markdown: unknown, path: string): Difference[] {
  const missing = pieces.filter((piece) => !String(markdown).includes(piece))
  return missing.map((expected) => ({ line: null, path, expected, actual: markdown }))
}

/** The due date as the case writes it: an Italian day, or the instant itself. */
export function dueDateAs(wanted: string, { dueDate }: Facts): unknown {
  if (typeof dueDate !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(wanted)) return dueDate
  return dueDayOf(dueDate).toString()
}
