// A due date that IO takes and that does not say what was meant. The app shows the instant in the
// phone's zone, so a day written as UTC may be another one in Italy; a day that does not exist is
// moved without an error. Source: io-ts-commons `dates.ts`, io-app `MessageDetailsReminder`.
import { dueInstant, formatLongDate } from './civil-date.ts'
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { normalDueDate } from './message-values.ts'

const finding = findingsAt('content.due_date')

/** Advice on a text that IO takes; none on one that it refuses. `zone` is that of the citizens. */
export function dueDateAdvice(
  text: string,
  now: Temporal.Instant,
  zone = 'Europe/Rome',
): MessageFinding[] {
  const stored = normalDueDate(text)
  if (stored === null) return []
  const at = Temporal.Instant.from(stored)
  const shown = at.toZonedDateTimeISO(zone)
  const written = text.slice(0, 19)
  const meant = Temporal.PlainDateTime.from(normalDueDate(`${written}Z`)?.slice(0, -1) ?? stored)
  const advice: MessageFinding[] = []
  const add = (rule: string, detail: string, remedy: string) =>
    advice.push(finding(rule, detail, remedy))

  const rolls = meant.toString({ smallestUnit: 'second' }) !== written
  if (rolls) {
    const detail = `This day or hour does not exist: it becomes ${dayOf(meant)}, ${timeOf(meant)}.`
    add('due-date-rolls', detail, 'Write a day that exists: IO moves it without an error.')
  }
  if (!/(?:Z|[+-]\d\d:\d\d)$/.test(text)) {
    const detail = `It has no zone: IO takes it as UTC, shown in Italy as ${momentOf(shown)}.`
    add('due-date-zone', detail, 'Write the instant in UTC with Z, or the offset: +01:00, +02:00.')
  }
  const endsDay = /^.{10}T2[23]:59/.test(text)
  if (endsDay && !shown.toPlainDate().equals(meant.toPlainDate())) {
    const detail = `The app shows it in Italy as ${momentOf(shown)}: another day.`
    add('due-date-next-day', detail, endOf(meant, zone))
  } else if (!rolls && (isMidnight(meant) || isMidnight(shown))) {
    const detail = `It is the first moment of the day: the app says expired from ${momentOf(shown)}.`
    const day = isMidnight(shown) ? shown.toPlainDateTime() : meant
    add('due-date-start-of-day', detail, endOf(day, zone))
  }
  if (Temporal.Instant.compare(at, now) < 0) {
    const detail = `It is past: the app shows the message as expired on ${momentOf(shown)}.`
    add('due-date-past', detail, 'Send before the due date, or leave it out.')
  }
  return advice
}

function endOf(meant: Temporal.PlainDateTime, zone: string): string {
  const iso = meant.toPlainDate().toString()
  return `For the end of ${dayOf(meant)} in Italy write ${dueInstant(iso, zone)}.`
}

/** Also of 23:00 in UTC, which is how programs write midnight in Italy. */
function isMidnight(at: Temporal.PlainDateTime | Temporal.ZonedDateTime): boolean {
  return at.toPlainTime().equals('00:00')
}

function momentOf(at: Temporal.ZonedDateTime): string {
  return `${dayOf(at)} at ${timeOf(at)}`
}

function timeOf(at: Temporal.PlainDateTime | Temporal.ZonedDateTime): string {
  return at.toPlainTime().toString({ smallestUnit: 'minute' })
}

/** Years beyond four digits, which IO takes too, are left as ISO writes them. */
function dayOf(at: Temporal.PlainDateTime | Temporal.ZonedDateTime): string {
  const iso = at.toPlainDate().toString()
  return iso.length === 10 ? formatLongDate(iso, 'en') : iso
}
