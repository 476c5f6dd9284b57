// Which messages a person looks for, as SQL over keyed hashes: nothing that names anybody stands
// in a statement. Between the list of messages, its export and the lists of other pages.
// Invariant: every condition says of which institution and of which services.

import type { MessageState, Purpose } from '../domain/message.ts'
import type { MessageStand } from '../domain/message-words.ts'
import { noticeNumberHash } from './early-settlements.ts'
import type { Vault } from './vault.ts'

/** What whoever looks may see. */
export interface MessageScope {
  institution: string
  /** Null: of all. */
  services: readonly string[] | null
}

/** Null, or false, means whatever it is. Plain values: it crosses threads and is kept as JSON. */
export interface MessageFilter {
  /** Of a person: found by keyed hashes alone. */
  fiscalCode: string | null
  noticeNumber: string | null
  document: string | null
  customer: string | null
  /** The keyed hash of a recipient, as an address of ours names them. */
  recipient: string | null
  service: string | null
  flow: number | null
  notice: number | null
  emission: string | null
  stand: MessageStand | null
  /** Any of these, beside `stand`; empty: whatever it is. What a figure of statistics counts. */
  stands: readonly MessageStand[]
  /** ISO days, both in it, in the zone of its flow: when it left, or ended without leaving. */
  endedFrom: string | null
  endedTo: string | null
  purpose: Purpose | null
  hasPayment: boolean
  /** Why it is where it is; empty: for no reason that has a code. */
  code: string | null
  /** Instants: `[from, to)`. */
  sentFrom: string | null
  sentTo: string | null
  dueFrom: string | null
  dueTo: string | null
  amountFromCents: number | null
  amountToCents: number | null
  read: boolean
  paid: boolean
  errors: boolean
  uncertain: boolean
  /** Test messages instead of real ones. */
  tests: boolean
}

export const noFilter: MessageFilter = {
  ...{ fiscalCode: null, noticeNumber: null, document: null, customer: null, recipient: null },
  ...{ service: null, flow: null, notice: null, emission: null, stand: null, code: null },
  ...{ stands: [], endedFrom: null, endedTo: null, purpose: null, hasPayment: false },
  ...{ sentFrom: null, sentTo: null, dueFrom: null, dueTo: null },
  ...{ amountFromCents: null, amountToCents: null },
  ...{ read: false, paid: false, errors: false, uncertain: false, tests: false },
}

/** A condition on messages `m` of flows `f` about notices `n`, with its values from `$1` on. */
export interface MessageCondition {
  where: string
  values: unknown[]
  /** The states that may be found: null where the flow is not named. */
  states: readonly MessageState[] | null
  /** A person or a paper is named: few are found, each by its notice. */
  isNamed: boolean
}

const named = [
  ...(['fiscalCode', 'recipient', 'noticeNumber', 'document', 'customer', 'notice'] as const),
]

const everyState: readonly MessageState[] = [
  ...(['waiting', 'claimed', 'sending', 'sent', 'undeliverable', 'rejected'] as const),
  ...(['held', 'uncertain', 'cancelled', 'recorded'] as const),
]

/** By the rules of `standOf` in `domain/message-words.ts`: a test compares them. */
const stands: Record<MessageStand, { states: readonly MessageState[]; also?: string }> = {
  waiting: { states: ['waiting'] },
  sending: { states: ['claimed', 'sending'] },
  'handed-over': { states: ['sent'], also: 'm.delivery is null' },
  taken: { states: ['sent'], also: `m.delivery = 'accepted'` },
  late: { states: ['sent'], also: `m.delivery = 'stuck'` },
  available: { states: ['sent'], also: `m.delivery = 'processed'` },
  odd: { states: ['sent'], also: `m.delivery = 'unknown'` },
  failed: {
    states: ['sent', 'undeliverable'],
    also: `case m.state when 'sent' then m.delivery = 'failed'
      else m.code = 'IO_PROCESSING_FAILED' end`,
  },
  'not-on-io': {
    states: ['undeliverable'],
    also: `m.code in ('no-profile', 'IO_REJECTED_NO_PROFILE')`,
  },
  'switched-off': {
    states: ['undeliverable'],
    also: `m.code in ('sender-blocked', 'IO_REJECTED_SENDER_BLOCKED')`,
  },
  'not-reached': {
    states: ['undeliverable'],
    also: `coalesce(m.code, '') not in ('no-profile', 'IO_REJECTED_NO_PROFILE', 'sender-blocked',
      'IO_REJECTED_SENDER_BLOCKED', 'IO_PROCESSING_REJECTED', 'IO_PROCESSING_FAILED')`,
  },
  refused: {
    states: ['sent', 'undeliverable', 'rejected'],
    also: `case m.state when 'sent' then m.delivery = 'rejected'
      when 'undeliverable' then m.code = 'IO_PROCESSING_REJECTED'
      else m.code is distinct from 'IO_PAYLOAD' end`,
  },
  'wrong-data': { states: ['rejected'], also: `m.code = 'IO_PAYLOAD'` },
  'to-decide': { states: ['held'] },
  uncertain: { states: ['uncertain'] },
  cancelled: { states: ['cancelled'] },
  recorded: { states: ['recorded'] },
}

/** Ids of notices are read first, so that each way of naming has its index. */
const noticesWith = (column: string, value: string) => `m.notice_id = any(array(
  select id from notices where institution_id = $1 and ${column} = ${value} limit 5000))`

/** As `store/counts.ts` has the day of a message. */
const ENDED_ON = `(coalesce(m.sent_at, m.closed_at) at time zone f.zone)::date`

function standSql(stand: MessageStand): string {
  const { states, also = 'true' } = stands[stand]
  return `m.state in (${states.map((state) => `'${state}'`).join(', ')}) and ${also}`
}

export function messageCondition(
  vault: Vault,
  institutionId: number,
  services: readonly string[] | null,
  filter: MessageFilter,
): MessageCondition {
  const values: unknown[] = [institutionId]
  const parts = ['m.institution_id = $1']
  const add = (value: unknown, part: (name: string) => string) => {
    if (value === null) return
    values.push(value)
    parts.push(part(`$${values.length}`))
  }
  const hashed = (use: 'fiscal-code' | 'facet', text: string | null) =>
    text === null ? null : vault.hash(use, text)
  const { noticeNumber, recipient, stand } = filter
  add(services, (v) => `f.service = any(${v})`)
  add(hashed('fiscal-code', filter.fiscalCode), (v) => noticesWith('fiscal_code_hash', v))
  add(recipient === null ? null : Buffer.from(recipient, 'base64url'), (v) =>
    noticesWith('fiscal_code_hash', v),
  )
  add(noticeNumber === null ? null : noticeNumberHash(vault, noticeNumber), (v) =>
    noticesWith('notice_number_hash', v),
  )
  add(hashed('facet', filter.document), (v) => noticesWith('document_hash', v))
  add(hashed('facet', filter.customer), (v) => noticesWith('customer_hash', v))
  add(filter.notice, (v) => `m.notice_id = ${v}`)
  add(filter.service, (v) => `f.service = ${v}`)
  add(filter.flow, (v) => `m.flow_id = ${v}`)
  add(filter.emission, (v) => `m.emission = ${v}`)
  add(filter.code || null, (v) => `m.code = ${v}`)
  if (filter.code === '') parts.push('m.code is null')
  add(filter.sentFrom, (v) => `m.sent_at >= ${v}`)
  add(filter.sentTo, (v) => `m.sent_at < ${v}`)
  add(filter.dueFrom, (v) => `n.due_at >= ${v}`)
  add(filter.dueTo, (v) => `n.due_at < ${v}`)
  add(filter.amountFromCents, (v) => `n.amount_cents >= ${v}`)
  add(filter.amountToCents, (v) => `n.amount_cents <= ${v}`)
  add(filter.endedFrom, (v) => `${ENDED_ON} >= ${v}::date`)
  add(filter.endedTo, (v) => `${ENDED_ON} <= ${v}::date`)
  add(filter.purpose, (v) => `m.purpose = ${v}`)
  if (filter.hasPayment) parts.push('m.has_payment')
  if (filter.stands.length > 0) parts.push(`(${filter.stands.map(standSql).join(' or ')})`)
  if (filter.read) parts.push('m.read_at is not null')
  if (filter.paid) parts.push('m.paid_at is not null')
  if (filter.errors) parts.push(`m.state in ('undeliverable', 'rejected')`)
  if (filter.uncertain) parts.push(`m.state = 'uncertain'`)
  parts.push(`m.purpose ${filter.tests ? '=' : '<>'} 'test'`)
  const states = stand === null ? everyState : stands[stand].states
  if (stand !== null) {
    const { also } = stands[stand]
    // In a flow each state is looked through by itself.
    if (filter.flow === null) parts.push(`m.state in (${states.map((s) => `'${s}'`).join(', ')})`)
    if (also !== undefined) parts.push(also)
  }
  return {
    ...{
      where: parts.join('\n and '),
      values,
      isNamed: named.some((name) => filter[name] !== null),
    },
    states: filter.flow === null ? null : states,
  }
}
