// a flow that was wrong → a flow that corrects it: a message to each notice that it has reached,
// written, checked and released like any other; all of it in one transaction.
// Invariants: exactly those reached are written to, each once; whom nobody knows to have been
// reached is left out and counted; two people at once make one errata.
import type { Asked, Decided, DecisionRefusal } from '../../domain/decision.ts'
import type { FlowOrigin, FlowState } from '../../domain/flow.ts'
import type { NewMessage } from '../../domain/new-message.ts'
import type { NoticeData } from '../../domain/notice.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { LotTexts } from '../../domain/release-check.ts'
import type { CompiledCampaign } from '../../mapping/campaign-mapping.ts'
import type { Payloads } from '../../mapping/mapping.ts'
import { createChain, hashText } from '../hash-chain.ts'
import { createTextTally, type TextTally } from '../map/text-tally.ts'
import type { MappingVersion } from '../map.ts'
import { textFor } from '../plan/campaign.ts'

/** The flow that is corrected. */
export interface CorrectedFlow {
  id: number
  institution: string
  service: string
  origin: FlowOrigin
  state: FlowState
}

/** How a message that reached somebody is rendered now; many share one. */
export interface CorrectedText {
  messageVersionId: number
  noticeVersionId: number
  template: number
}

/** Whom a flow has reached, and what is not known or still to come. Counts of messages. */
export interface Reach {
  /** Citizens’ notices with a message of it that IO has taken and not rejected since. */
  reached: number
  /** Their answers are lost: a person must say first whether they were reached. */
  uncertain: { count: number; first: readonly number[] }
  /** Own messages of it that may still leave, and reminders. */
  waiting: number
  reminders: number
  /** Errata of it that there are already. */
  errata: readonly number[]
}

/** One who was reached: the record of the wrong flow, and the notice as it is now. */
export interface ReachedNotice {
  record: number
  line: number
  noticeId: number
  data: NoticeData
  text: CorrectedText
}

export type ErrataRecord = { record: number; line: number; noticeId: number } & (
  | { fate: 'message'; mappingVersionId: number; textHash: Uint8Array; dueAt: string | null }
  | { fate: 'refused'; detail: object }
)

/** A look at those reached, in one snapshot. */
export interface ErrataLook {
  reach: Reach
  texts: readonly CorrectedText[]
  reached(): AsyncGenerator<ReachedNotice[]>
}

/** An errata, being written. */
export interface ErrataLot extends ErrataLook {
  hash(use: 'text' | 'content', text: string): Uint8Array
  add(records: readonly ErrataRecord[]): Promise<void>
  /** The number of its flow, which `release` finds. */
  commit(end: ErrataEnd): Promise<number>
  rollback(): Promise<void>
}

/** Why is always said. */
export type ErrataAsked = Asked & { note: string }

export interface ErrataEnd extends ErrataAsked {
  messages: number
  refused: number
  contentHash: Uint8Array
  /** Of its texts, what the checks and a test want to know. */
  texts: LotTexts | null
  now: Temporal.Instant
}

/** What is said to those whose message renders so. */
export type ErrataTextOf = CompiledCampaign & { version: MappingVersion }

/** What it says of each; null when the text is wrong, and its reader has said why. */
export type WriteTexts = (
  texts: readonly CorrectedText[],
) => Promise<ReadonlyMap<string, ErrataTextOf> | null>

export interface ErrataPorts {
  errata: {
    look<T>(flow: CorrectedFlow, work: (look: ErrataLook) => Promise<T>): Promise<T>
    /** Locks the flow: of two at once the second sees what the first has made. */
    open(flow: CorrectedFlow, account: string, now: Temporal.Instant): Promise<ErrataLot>
  }
  versions: {
    idOf(institution: string, version: MappingVersion, now: Temporal.Instant): Promise<number>
  }
  /** The account through which the service sends now; null: there is no such service. */
  accountOf(institution: string, service: string): string | null
  now(): Temporal.Instant
}

/** What an errata would be: nothing of it is saved. */
export interface ErrataPreview extends Reach {
  /** Who would get one, and whose text cannot be written. */
  messages: number
  refused: number
  refusals: readonly Refusal[]
  /** The first as they would be sent, Italian. */
  samples: readonly NewMessage[]
  languages: readonly string[]
  /** UTF-16 units of the longest text and title in any language. */
  longest: number
  longestTitle: number
}

/** What the person has seen: it must still be so. */
export interface SeenErrata {
  messages: number
  errata: readonly number[]
}

export type ErrataAnswer<Done extends object> = Decided<Done> | { kind: 'wrong-text' }

/** Messages that a preview shows. */
const SAMPLES = 3
const SHOWN_REFUSALS = 5

/** What an errata would say, and to how many. `onProgress` hears how many are written. */
export async function previewErrata(
  flow: CorrectedFlow,
  write: WriteTexts,
  ports: ErrataPorts,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<ErrataAnswer<ErrataPreview>> {
  return ports.errata.look(flow, async (look) => {
    const refused = refusalOf(flow, look.reach, ports)
    if (refused !== null) return refused
    const texts = await write(look.texts)
    if (texts === null) return { kind: 'wrong-text' }
    const preview = emptyPreview(look.reach, texts)
    for await (const batch of look.reached()) {
      for (const one of batch) tally(preview, textOf(one, texts))
      onProgress(preview.messages + preview.refused, look.reach.reached)
    }
    return { kind: 'done', ...preview }
  })
}

/**
 * Makes the flow of an errata, if it is still what the person has seen: as many are reached, and
 * nobody has prepared another meanwhile.
 */
export async function prepareErrata(
  flow: CorrectedFlow,
  write: WriteTexts,
  seen: SeenErrata,
  asked: ErrataAsked,
  ports: ErrataPorts,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<ErrataAnswer<{ flowId: number; messages: number; refused: number }>> {
  const account = ports.accountOf(flow.institution, flow.service)
  if (account === null) return refusedFor(flow, 'service-gone')
  const now = ports.now()
  const lot = await ports.errata.open(flow, account, now)
  try {
    const answer = await writeErrata(flow, write, seen, asked, lot, now, ports, onProgress)
    if (answer.kind !== 'done') await lot.rollback()
    return answer
  } catch (error) {
    await lot.rollback()
    throw error
  }
}

async function writeErrata(
  flow: CorrectedFlow,
  write: WriteTexts,
  seen: SeenErrata,
  asked: ErrataAsked,
  lot: ErrataLot,
  now: Temporal.Instant,
  ports: ErrataPorts,
  onProgress: (done: number, all: number) => void,
): Promise<ErrataAnswer<{ flowId: number; messages: number; refused: number }>> {
  const refused = refusalOf(flow, lot.reach, ports)
  if (refused !== null) return refused
  const isSeen = lot.reach.errata.join() === seen.errata.join()
  if (!isSeen) return refusedFor(flow, 'changed', { errata: lot.reach.errata.join(', ') })
  const texts = await write(lot.texts)
  if (texts === null) return { kind: 'wrong-text' }
  const versionIds = await idsOf(texts, flow, now, ports)
  const chain = createChain((text) => lot.hash('content', text))
  const seenTexts = tallyOf(texts, lot)
  const counts = { messages: 0, refused: 0 }
  for await (const batch of lot.reached()) {
    // Sent since the texts were looked for.
    if (!batch.every(({ text }) => texts.has(textName(text)))) return refusedFor(flow, 'changed')
    const records = batch.map((one) => recordOf(one, texts, versionIds, lot, seenTexts))
    for (const record of records) {
      if (record.fate === 'refused') counts.refused += 1
      else {
        counts.messages += 1
        chain.add(`${record.noticeId} ${hashText(record.textHash)}`)
      }
    }
    await lot.add(records)
    onProgress(counts.messages + counts.refused, lot.reach.reached)
  }
  if (counts.messages !== seen.messages) {
    return refusedFor(flow, 'other-count', { messages: counts.messages })
  }
  const kept = { contentHash: chain.end(), texts: totalOf(seenTexts) }
  const flowId = await lot.commit({ ...asked, ...counts, ...kept, now })
  return { kind: 'done', flowId, ...counts }
}

/** Why there can be none; null: there can. */
function refusalOf(flow: CorrectedFlow, { reached }: Reach, ports: ErrataPorts) {
  if (flow.origin === 'test') return refusedFor(flow, 'is-test')
  if (reached === 0) return refusedFor(flow, 'nobody-reached')
  const { institution, service } = flow
  return ports.accountOf(institution, service) === null ? refusedFor(flow, 'service-gone') : null
}

function refusedFor(
  { state }: CorrectedFlow,
  because: DecisionRefusal,
  figures?: Record<string, string | number>,
) {
  return { kind: 'refused' as const, because, state, ...(figures && { figures }) }
}

/** A name for how a message renders, to find the errata’s text by. */
export function textName({ messageVersionId, noticeVersionId, template }: CorrectedText): string {
  return [messageVersionId, noticeVersionId, template].join('/')
}

async function idsOf(
  texts: ReadonlyMap<string, ErrataTextOf>,
  { institution }: CorrectedFlow,
  now: Temporal.Instant,
  { versions }: ErrataPorts,
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>()
  for (const [name, { version }] of texts) {
    ids.set(name, await versions.idOf(institution, version, now))
  }
  return ids
}

type Written = ReturnType<typeof textFor>

function textOf({ text, data }: ReachedNotice, texts: ReadonlyMap<string, ErrataTextOf>): Written {
  const compiled = texts.get(textName(text))
  if (compiled === undefined) throw new Error(`no text for messages of ${textName(text)}`)
  return textFor(compiled, data)
}

function recordOf(
  one: ReachedNotice,
  texts: ReadonlyMap<string, ErrataTextOf>,
  versionIds: ReadonlyMap<string, number>,
  lot: ErrataLot,
  seen: TextTally,
): ErrataRecord {
  const { record, line, noticeId, data } = one
  const place = { record, line, noticeId }
  const { payloads, refusals } = textOf(one, texts)
  if (payloads === null) {
    return { ...place, fate: 'refused', detail: { key: data.key, refusals } }
  }
  seen.count(record, seen.see(data, [payloads]))
  const mappingVersionId = versionIds.get(textName(one.text)) as number
  const textHash = lot.hash('text', JSON.stringify(payloads))
  // What it says of a due date is no reason to keep it: it corrects what was said.
  return { ...place, fate: 'message', mappingVersionId, textHash, dueAt: null }
}

/** Its branches are those of its text, whatever version of the mapping it is laid over. */
function tallyOf(texts: ReadonlyMap<string, ErrataTextOf>, lot: ErrataLot): TextTally {
  const [first] = texts.values()
  const branch = first?.mapping.branch ?? (() => '')
  return createTextTally({ branch }, (text) => lot.hash('text', text))
}

/** It may say the same to all: each of them has had a message of their own, which it is about. */
function totalOf(seen: TextTally): LotTexts | null {
  const total = seen.total()
  if (total === null) return null
  const { sameHash: _, ...texts } = total
  return { ...texts, isSame: false }
}

type Preview = { -readonly [Key in keyof ErrataPreview]: ErrataPreview[Key] } & {
  samples: NewMessage[]
  refusals: Refusal[]
}

function emptyPreview(reach: Reach, texts: ReadonlyMap<string, ErrataTextOf>): Preview {
  const [first] = texts.values()
  const languages = Object.keys(first?.mapping.spec.notice.markdown ?? {})
  const counts = { messages: 0, refused: 0, longest: 0, longestTitle: 0 }
  return { ...reach, ...counts, refusals: [], samples: [], languages }
}

function tally(preview: Preview, { payloads, refusals }: Written): void {
  if (payloads === null) {
    preview.refused += 1
    if (preview.refusals.length < SHOWN_REFUSALS) preview.refusals.push(...refusals)
    return
  }
  preview.messages += 1
  if (preview.samples.length < SAMPLES) preview.samples.push(payloads.it as NewMessage)
  for (const { content } of Object.values(payloads as Required<Payloads>)) {
    preview.longest = Math.max(preview.longest, content.markdown.length)
    preview.longestTitle = Math.max(preview.longestTitle, content.subject.length)
  }
}
