// What a case of one record would expect if it were written today: the same keys, with the values
// that are so now. Pieces of a text are left to a person, who chose them for what they say. And
// what the first case of a new mapping says.
import { dueDayOf } from '../../domain/civil-date.ts'
import type { ExpectSpec } from '../../mapping/case-spec.ts'
import { differencesOf } from './difference.ts'
import type { PreviewedRecord } from './preview.ts'
import {
  type ByLanguage,
  type CaseClock,
  dueDateAs,
  type Facts,
  factsOf,
  outcomeOf,
} from './record-verdict.ts'

export interface Anew {
  expect: ExpectSpec
  /** Where the record itself has another end now: what it is. */
  outcome: string | null
}

type Group = Record<string, unknown>

/** What to expect of a record from now on; keys that no longer make sense of it are gone. */
export function expectAnew(expect: ExpectSpec, record: PreviewedRecord, clock: CaseClock): Anew {
  const facts = factsOf(record, clock)
  const isKnown = (name: string) => (name === 'markdownContains' ? 'markdown' : name) in facts
  const wanted = Object.entries(expect).filter(([, value]) => value !== undefined)
  const isOther = wanted.some(([name]) => !isKnown(name))
  const kept = wanted.filter(([name]) => isKnown(name) && !(isOther && name === 'markdownContains'))
  const anew: Group = {}
  for (const [name, value] of kept) {
    const now = valueNow(name, value, facts)
    if (now !== null || name === 'group') anew[name] = now
  }
  const isSilent = Object.keys(anew).every((name) => name === 'key')
  if (isOther || isSilent) Object.assign(anew, endOf(facts))
  return { expect: anew as ExpectSpec, outcome: isOther ? outcomeOf(record) : null }
}

/** The one fact that says how a record ended. */
function endOf(facts: Facts): Facts {
  const name = ['refused', 'skipped', 'waiting', 'closes', 'row', 'messages'].find(
    (one) => one in facts,
  )
  return name === undefined ? {} : { [name]: facts[name] }
}

function valueNow(name: string, value: unknown, facts: Facts): unknown {
  switch (name) {
    case 'markdownContains':
      return value
    case 'dueDate':
      return dueDateAs(String(value), facts)
    case 'row':
      return withoutNulls(named(value, facts[name]) as Group)
    case 'payload':
    case 'facets':
      return named(value, facts[name])
    case 'reminders':
      return remindersNow(value as Group[], facts[name] as Message[])
    case 'otherLanguages':
      return languagesNow(value as Record<string, Group>, facts[name] as ByLanguage)
    default:
      return facts[name]
  }
}

type Message = NonNullable<ByLanguage[string]>['reminders'][number]

function languagesNow(wanted: Record<string, Group>, found: ByLanguage): Group | null {
  const now = Object.entries(wanted).flatMap(([language, texts]) => {
    const { first, reminders } = found[language] ?? {}
    if (first === undefined) return []
    const text = textNow(texts, first)
    const listed = texts['reminders'] as Group[] | undefined
    if (listed !== undefined) text['reminders'] = remindersNow(listed, reminders ?? [])
    return [[language, text] as const]
  })
  return now.length === 0 ? null : Object.fromEntries(now)
}

function remindersNow(wanted: readonly Group[], found: readonly Message[]): Group[] {
  return found.map((message, index) => {
    const one = wanted[index]
    return one === undefined ? { subject: message.content.subject } : textNow(one, message)
  })
}

function textNow(wanted: Group, message: Message): Group {
  const now = { ...wanted }
  if ('subject' in now) now['subject'] = message.content.subject
  if ('payload' in now) now['payload'] = named(now['payload'], message)
  return now
}

/** The values that are now where the expected ones are named; null for what is not there. */
function named(expected: unknown, actual: unknown): unknown {
  if (differencesOf(expected, actual).length === 0) return expected
  if (!isGroup(expected) || !isGroup(actual)) return actual ?? null
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [key, named(value, actual[key])]),
  )
}

function withoutNulls(group: Group): Group {
  return Object.fromEntries(Object.entries(group).filter(([, value]) => value !== null))
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What a first case says of a record that is good; null of one that gives nothing. */
export function expectedOf(record: PreviewedRecord): ExpectSpec | null {
  if ('closes' in record) return { key: record.key ?? '', closes: record.closes }
  if ('row' in record) return { key: record.key ?? '' }
  const [first] = 'messages' in record ? (record.messages ?? []) : []
  if (first === undefined || 'skipped' in record) return null
  const { fiscal_code: fiscalCode, content } = first.payload
  const { payment_data: payment, due_date: due } = content
  return {
    key: record.key ?? '',
    fiscalCode,
    ...(payment ? { amountCents: payment.amount, noticeNumber: payment.notice_number } : {}),
    ...(due ? { dueDate: dueDayOf(due).toString() } : {}),
  }
}

/** One value that a case says otherwise now. */
export interface Edit {
  /** In the case's `expect`; empty: all of it. */
  path: (string | number)[]
  before: unknown
  after: unknown
}

/** The smallest parts that differ between what a case expects and what it should. */
export function editsOf(before: unknown, after: unknown, path: Edit['path'] = []): Edit[] {
  if (differencesOf(before, after).length === 0) return []
  if (isGroup(before) && isGroup(after) && sameKeys(before, after)) {
    return Object.keys(before).flatMap((key) => editsOf(before[key], after[key], [...path, key]))
  }
  const areLists = Array.isArray(before) && Array.isArray(after) && before.every(isGroup)
  if (areLists && before.length === after.length) {
    return before.flatMap((one, index) => editsOf(one, after[index], [...path, index]))
  }
  return [{ path, before, after }]
}

function sameKeys(a: Group, b: Group): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key))
}
