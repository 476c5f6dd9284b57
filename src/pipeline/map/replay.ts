// A drop that was mapped, rendered again by two mappings in step: what each makes of a record, and
// where the two differ. Nothing is written, nothing is sent, and the clock stands still at the
// instant that is given. Invariant: no difference is reported exactly when every message, its
// instant and every reason are the same.
import { minuteAt } from '../../domain/civil-date.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { CompiledNotice, FinishContext, Mapped, Payloads } from '../../mapping/mapping.ts'
import type { Plan } from '../plan.ts'
import { finishBatch, type Lookup, prepareBatches, type RecordBatch } from './records.ts'

/** What a mapping makes of a record: the outcomes of `map`, a notice being one. */
export type Outcome = Mapped['kind']

/** A record as one mapping renders it, part by part: what is shown where two differ. */
export interface Rendering {
  line: number
  key: string | null
  outcome: Outcome
  /** `due date`, `reminder 1 title (it)`, … in a fixed order; of what is no notice the reason. */
  parts: ReadonlyMap<string, string>
  /** What makes a new message when it changes, as the mapping says; null: no notice. */
  matters: string | null
  /** The texts of the first message in all languages; null: it has none. */
  first: string | null
}

/** A part of a record that differs; null where one of the two has no such part. */
export interface ChangedPart {
  part: string
  before: string | null
  after: string | null
}

export interface ReplayedRecord {
  line: number
  /** By the mapping of now where it reads one. */
  key: string | null
  /**
   * `equal`; `changed`: the same notice otherwise; `rekeyed`: a notice under another key; else what
   * it becomes now, which it did not before. `gone`: the mapping of now reads no such record.
   */
  change: 'equal' | 'changed' | 'rekeyed' | 'gone' | Outcome
  /** What it was before; null: it was no record. */
  was: Outcome | null
  parts: ChangedPart[]
  /** Mapped again, it would leave also where its first message has left already. */
  leavesAgain: boolean
}

export interface RenderOptions {
  institution: string
  plan: Plan
  context: FinishContext
  /** Of the instants that are shown. */
  zone: string
}

/** Each record of a drop by one mapping, in the order of the file. Throws `DropError`. */
export async function* renderRecords(
  batches: AsyncIterable<RecordBatch>,
  mapping: CompiledNotice,
  lookup: Lookup,
  { institution, plan, context, zone }: RenderOptions,
): AsyncGenerator<Rendering> {
  const take = (mapped: Mapped) => rendered(mapped, mapping, plan, zone)
  for await (const batch of prepareBatches(batches, mapping, institution, lookup)) {
    yield* await finishBatch(batch, mapping, context, take)
  }
}

/** Pairs the records of both by their line, one after the other where a line has several. */
export async function* compareRenderings(
  before: AsyncIterator<Rendering, undefined>,
  after: AsyncIterator<Rendering, undefined>,
): AsyncGenerator<ReplayedRecord> {
  let [old, now] = await Promise.all([before.next(), after.next()])
  while (!old.done || !now.done) {
    const lines = [old, now].map((one) => (one.done ? Number.POSITIVE_INFINITY : one.value.line))
    const [oldLine, newLine] = lines as [number, number]
    yield compared(
      oldLine <= newLine ? (old.value ?? null) : null,
      newLine <= oldLine ? (now.value ?? null) : null,
    )
    ;[old, now] = await Promise.all([
      oldLine <= newLine ? before.next() : old,
      newLine <= oldLine ? after.next() : now,
    ])
  }
}

/** One of the two at least is there. */
export function compared(before: Rendering | null, after: Rendering | null): ReplayedRecord {
  const { line, key } = (after ?? before) as Rendering
  const parts = differingParts(before, after)
  const change = changeOf(before, after, parts)
  return {
    line,
    key,
    change,
    was: before?.outcome ?? null,
    parts,
    leavesAgain: isToldAnew(before, after, change),
  }
}

function changeOf(
  before: Rendering | null,
  after: Rendering | null,
  parts: readonly ChangedPart[],
): ReplayedRecord['change'] {
  if (after === null) return 'gone'
  if (before === null || before.outcome !== after.outcome) return after.outcome
  if (after.outcome === 'notice' && before.key !== after.key) return 'rekeyed'
  return parts.length === 0 && before.key === after.key ? 'equal' : 'changed'
}

/** As a flow that is made again decides it of a notice whose message has left. */
function isToldAnew(
  before: Rendering | null,
  after: Rendering | null,
  change: ReplayedRecord['change'],
): boolean {
  if (after?.first == null) return false
  if (change === 'rekeyed' || before?.outcome !== 'notice') return change !== 'equal'
  return before.matters !== after.matters && before.first !== after.first
}

function differingParts(before: Rendering | null, after: Rendering | null): ChangedPart[] {
  const names = new Set([...(before?.parts.keys() ?? []), ...(after?.parts.keys() ?? [])])
  return [...names].flatMap((part) => {
    const [old, now] = [before?.parts.get(part) ?? null, after?.parts.get(part) ?? null]
    return old === now ? [] : [{ part, before: old, after: now }]
  })
}

function rendered(mapped: Mapped, mapping: CompiledNotice, plan: Plan, zone: string): Rendering {
  const { kind: outcome, line, key } = mapped
  const none = { matters: null, first: null }
  if (mapped.kind !== 'notice') {
    return { line, key, outcome, parts: new Map([['reason', reasonOf(mapped)]]), ...none }
  }
  const { data, hasFirst, payloads } = mapped
  const { dueAt, payment } = data
  const planned = plan({ dueAt, hasFirst, hasPayment: payment !== null })
  const parts = new Map<string, string>([
    ['recipient', data.fiscalCode],
    ...(payment
      ? ([
          ['amount in cents', String(payment.amountCents)],
          ['notice number', payment.noticeNumber],
          ['payee', payment.payee ?? 'the service’s own'],
          ['payable after the due date', payment.invalidAfterDueDate ? 'no' : 'yes'],
        ] as const)
      : []),
    ...(dueAt ? ([['due date', minuteAt(Temporal.Instant.from(dueAt), zone)]] as const) : []),
  ])
  for (const { template, sendAt, civilAt } of planned.messages) {
    const name = nameOf(template)
    parts.set(`${name} leaves`, civilAt === null ? 'at once' : minuteAt(sendAt, zone))
    addTexts(parts, name, payloads[template])
  }
  for (const { template, because } of planned.unplanned) {
    parts.set(`${nameOf(template)} leaves`, `not: ${because}`)
  }
  const first = hasFirst ? JSON.stringify(payloads[0]) : null
  return { line, key, outcome, parts, matters: JSON.stringify(mapping.matters(data)), first }
}

function nameOf(template: number): string {
  return template === 0 ? 'first message' : `reminder ${template}`
}

/** Buttons and other front matter apart from the text, which people read by itself. */
const FRONT_MATTER = /^---\n([\s\S]*?)\n---\n*([\s\S]*)$/

function addTexts(parts: Map<string, string>, name: string, payloads: Payloads = {}): void {
  for (const [language, payload] of Object.entries(payloads)) {
    const { subject, markdown, payment_data: _, due_date: __, ...more } = payload.content
    const { content: ___, fiscal_code: ____, ...options } = payload
    const [, buttons, text = markdown] = FRONT_MATTER.exec(markdown) ?? []
    parts.set(`${name} title (${language})`, subject)
    parts.set(`${name} text (${language})`, text)
    if (buttons !== undefined) parts.set(`${name} buttons (${language})`, buttons)
    const others = JSON.stringify({ ...options, ...more })
    if (others !== '{}') parts.set(`${name} options (${language})`, others)
  }
}

function reasonOf(mapped: Exclude<Mapped, { kind: 'notice' }>): string {
  switch (mapped.kind) {
    case 'refused':
      return mapped.refusals.map(refusalText).join('\n')
    case 'skipped':
      return mapped.because
    case 'ended':
      return mapped.as
    case 'waiting':
      return mapped.waits.map(({ reference, key }) => `${reference} ${key}`).join('\n')
  }
}

function refusalText({ code, field, detail }: Refusal): string {
  return `${code}${field ? ` ${field}` : ''}: ${detail}`
}
