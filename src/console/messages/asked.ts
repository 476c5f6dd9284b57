// What somebody looks for among messages: what stands in the address, and what may not stand there
// since it names a person. The latter comes from a form and is kept sealed for a day; the address
// has only its random name.

import { readFiscalCode } from '../../domain/fiscal-code.ts'
import type { Purpose } from '../../domain/message.ts'
import { type MessageStand, purposeWords, standLooks } from '../../domain/message-words.ts'
import { readEuro } from '../../domain/money.ts'
import type { Words } from '../../domain/words.ts'
import { dayFrom, startOf } from '../parts/day-filter.ts'
import type { Fault } from '../parts/form.ts'
import type { Visit } from '../visit.ts'
import { words } from './words.ts'

export type MessageFilter = Parameters<Visit['app']['store']['messageList']['page']>[1]

/** Of a person: never in an address. */
export const personalNames = ['fiscalCode', 'noticeNumber', 'document', 'customer'] as const
export type Personal = Record<(typeof personalNames)[number], string | null>

/** In the address, in the order of the form. */
export const plainNames = [
  ...(['service', 'flow', 'notice', 'emission', 'state', 'cause', 'sentFrom', 'sentTo'] as const),
  ...(['dueFrom', 'dueTo', 'amountFrom', 'amountTo'] as const),
  ...(['read', 'paid', 'errors', 'uncertain', 'tests'] as const),
  // Only figures of other pages lead here with these.
  ...(['endedFrom', 'endedTo', 'purpose', 'payment'] as const),
] as const

/** Characters of a filter. */
export const LONGEST = 100
/** As an address asks for messages that have no cause. */
export const NO_CAUSE = 'none'

export interface AskedMessages {
  filter: MessageFilter
  personal: Personal | null
  /** Something is asked for: without that nothing is looked for. */
  isAsked: boolean
}

const LIST = 'messages'
const nobody: Personal = { fiscalCode: null, noticeNumber: null, document: null, customer: null }

/** What the address asks for. Null: its search is over. */
export async function askedMessages(visit: Visit): Promise<AskedMessages | null> {
  const { query, app, place, visitor, now } = visit
  const id = query.get('search')
  const who = { institution: place.id, personId: visitor.id, list: LIST }
  const personal =
    id === null ? null : ((await app.store.searches.find(who, id, now)) as Personal | null)
  if (id !== null && personal === null) return null
  const filter = { ...plainFilter(visit, query), ...(personal ?? nobody) }
  const isAsked = personal !== null || plainNames.some((name) => Boolean(query.get(name)?.trim()))
  return { filter, personal, isAsked }
}

/** Where a form leads: what names a person is kept, the rest stands in the address. */
export async function keepSearch(visit: Visit): Promise<{ to: string } | { faults: Fault[] }> {
  const { form, app, place, visitor, now, language } = visit
  const typed = (name: string) => form.get(name)?.trim().slice(0, LONGEST) || null
  const { personal, faults } = personalOf(typed, language)
  for (const name of ['amountFrom', 'amountTo'] as const) {
    const text = typed(name)
    if (text !== null && centsOf(text) === null) {
      faults.push({ field: name, text: words.wrongAmount[language] })
    }
  }
  if (faults.length > 0) return { faults }
  const address = new URLSearchParams()
  for (const name of plainNames) {
    const value = typed(name)
    if (value !== null) address.set(name, value)
  }
  const who = { institution: place.id, personId: visitor.id, list: LIST }
  if (personalNames.some((name) => personal[name] !== null)) {
    address.set('search', await app.store.searches.keep(who, personal, now))
  }
  const text = address.toString()
  return { to: visit.to(text === '' ? '/messages' : `/messages?${text}`) }
}

function personalOf(
  typed: (name: string) => string | null,
  language: Visit['language'],
): { personal: Personal; faults: Fault[] } {
  const faults: Fault[] = []
  const wrong = (field: string, text: Words) => faults.push({ field, text: text[language] })
  const code = typed('fiscalCode')?.replace(/\s/g, '').toUpperCase() ?? null
  if (code !== null && readFiscalCode(code).kind === 'bad') {
    wrong('fiscalCode', words.wrongFiscalCode)
  }
  const number = typed('noticeNumber')?.replace(/[\s.-]/g, '') ?? null
  if (number !== null && !/^\d{18}$/.test(number)) wrong('noticeNumber', words.wrongNumber)
  const personal = {
    ...{ fiscalCode: code, noticeNumber: number },
    ...{ document: typed('document'), customer: typed('customer') },
  }
  return { personal, faults }
}

/** What it does not understand it leaves out. */
function plainFilter(
  { place }: Visit,
  query: URLSearchParams,
): Omit<MessageFilter, keyof Personal> {
  const text = (name: string) => query.get(name)?.trim().slice(0, LONGEST) || null
  const states = query
    .getAll('state')
    .filter((state): state is MessageStand => Object.hasOwn(standLooks, state))
  const purpose = text('purpose')
  const day = (name: string, later: number) => {
    const found = dayFrom(query.get(name))
    return found && startOf({ place }, found.add({ days: later })).toString()
  }
  const isOn = (name: string) => query.get(name) === 'on'
  return {
    ...{ recipient: null, service: text('service'), emission: text('emission') },
    ...{ flow: numberOf(text('flow')), notice: numberOf(text('notice')) },
    code: text('cause') === NO_CAUSE ? '' : text('cause'),
    stand: states.length === 1 ? (states[0] as MessageStand) : null,
    stands: states.length > 1 ? states : [],
    endedFrom: dayFrom(query.get('endedFrom'))?.toString() ?? null,
    endedTo: dayFrom(query.get('endedTo'))?.toString() ?? null,
    purpose: purpose !== null && Object.hasOwn(purposeWords, purpose) ? (purpose as Purpose) : null,
    hasPayment: isOn('payment'),
    ...{ sentFrom: day('sentFrom', 0), sentTo: day('sentTo', 1) },
    ...{ dueFrom: day('dueFrom', 0), dueTo: day('dueTo', 1) },
    amountFromCents: centsOf(text('amountFrom') ?? ''),
    amountToCents: centsOf(text('amountTo') ?? ''),
    ...{ read: isOn('read'), paid: isOn('paid'), errors: isOn('errors') },
    ...{ uncertain: isOn('uncertain'), tests: isOn('tests') },
  }
}

/** Whole cents of `12,50`, `12.50` or `1.234,50`; null of anything else. */
export function centsOf(text: string): number | null {
  if (text === '') return null
  const style = /[.]\d{1,2}$/.test(text) ? 'dot' : 'comma'
  const reading = readEuro(text, style, 'dropped')
  return reading.kind === 'good' ? reading.cents : null
}

/** Whatever it is: every message that they may see. */
export function noMessageFilter(visit: Visit): MessageFilter {
  return { ...plainFilter(visit, new URLSearchParams()), ...nobody }
}

export function numberOf(text: string | null | undefined): number | null {
  return text && /^\d{1,15}$/.test(text) ? Number(text) : null
}
