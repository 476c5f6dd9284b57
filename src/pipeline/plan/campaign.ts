// open notices → the messages of one campaign run. Picks the notices, writes and checks the text of
// each, and makes a flow of them, in one transaction: a run stands whole, once, or not at all.
// Invariants: the instant of a run is answered once, on however many nodes; nobody is prompted for
// what they have not been told.
import { type Calendar, nextOpening } from '../../domain/calendar.ts'
import {
  type CampaignCounts,
  type CampaignRunState,
  isRecorded,
  type LeftOutReason,
  leftOutLabels,
  type Selection,
} from '../../domain/campaign.ts'
import type { NoticeData } from '../../domain/notice.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { LotTexts } from '../../domain/release-check.ts'
import type { StaffMail } from '../../domain/staff-mail.ts'
import type { CompiledCampaign } from '../../mapping/campaign-mapping.ts'
import type { Payloads } from '../../mapping/mapping.ts'
import { payloadRefusals } from '../../mapping/payload.ts'
import { createChain, hashText } from '../hash-chain.ts'
import { createTextTally, type TextTally } from '../map/text-tally.ts'
import type { MappingVersion } from '../map.ts'
import { mailOf } from './campaign-mail.ts'

/** What this stage needs to know of a campaign. */
export interface CampaignPlan {
  institution: string
  campaign: string
  /** The name of the mapping whose notices it is about, and their series. */
  mapping: string
  series: string
  service: string
  account: string
  /** Whether its messages reach citizens: then what was only recorded has told nobody anything. */
  isLive: boolean
  calendar: Calendar
  perRecipient: 'all' | 'one'
  againAfterDays: number
  maximumRecipients: number
  compiled: CompiledCampaign
  version: MappingVersion
  notify: readonly string[]
  /** What it selects on this day. */
  select(day: Temporal.PlainDate): Selection
}

/** Which notices are asked for, and what leaves one out. */
export interface CampaignQuery {
  institution: string
  campaign: string
  mapping: string
  selection: Selection
  perRecipient: 'all' | 'one'
  isLive: boolean
  /** One that was sent for since then is left out. */
  againAfter: Temporal.Instant
}

export interface ChosenNotice {
  id: number
  data: NoticeData
  /** Null: it gets a message. */
  because: LeftOutReason | null
}

export interface CampaignAct {
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
}

/** One run: its instant is that of the schedule, or when a person asked for it. */
export interface CampaignRunTarget extends CampaignAct {
  at: Temporal.Instant
}

export interface CampaignRunTotals {
  chosen: number
  totalCents: number
  leftOut: CampaignCounts['leftOut']
}

/** A record of the run’s flow. `detail` quotes the notice: it is sealed. */
export type CampaignRecord = { line: number; noticeId: number } & (
  | { fate: 'message'; dueAt: string | null; textHash: Uint8Array }
  | { fate: 'refused' | 'skipped'; detail: object }
)

/** When the messages of a run leave. */
export interface CampaignTime {
  sendAt: Temporal.Instant
  civilAt: Temporal.PlainDateTime
  /** Nothing leaves at the instant of the run. */
  isMoved: boolean
}

/** One run, being written. */
export interface CampaignLot {
  count(query: CampaignQuery): Promise<CampaignRunTotals>
  /** Everything that is selected, in the order of due dates, a bounded batch at a time. */
  chosen(query: CampaignQuery): AsyncGenerator<ChosenNotice[]>
  hash(use: 'text' | 'content', text: string): Uint8Array
  add(records: readonly CampaignRecord[]): Promise<void>
  /** With a flow, which `release` finds, where it is `made`. */
  commit(end: CampaignEnd): Promise<number | null>
  rollback(): Promise<void>
}

export interface CampaignEnd {
  state: CampaignRunState
  counts: CampaignCounts
  contentHash: Uint8Array
  mail: StaffMail | null
  /** What was seen of its texts; null: it has no message. */
  texts: LotTexts | null
  now: Temporal.Instant
}

export interface CampaignPorts {
  versions: {
    idOf(institution: string, version: MappingVersion, now: Temporal.Instant): Promise<number>
  }
  /** Null: that instant of the campaign has been answered. */
  open(
    plan: CampaignPlan,
    target: CampaignRunTarget,
    flow: { mappingVersionId: number; time: CampaignTime },
    now: Temporal.Instant,
  ): Promise<CampaignLot | null>
  now(): Temporal.Instant
}

export interface CampaignRan {
  state: CampaignRunState
  /** Null: it made none. */
  flowId: number | null
  counts: CampaignCounts
}

/**
 * Makes a run. Null: somebody else has. Safe to repeat: an instant is answered once. `onProgress`
 * hears how many of those that were chosen have their text.
 */
export async function runCampaign(
  plan: CampaignPlan,
  target: CampaignRunTarget,
  ports: CampaignPorts,
  stop: AbortSignal,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<CampaignRan | null> {
  const now = ports.now()
  const mappingVersionId = await ports.versions.idOf(plan.institution, plan.version, now)
  const flow = { mappingVersionId, time: timeOf(plan.calendar, target.at) }
  const lot = await ports.open(plan, target, flow, now)
  if (lot === null) return null
  try {
    const query = queryOf(plan, now)
    const { chosen, totalCents, leftOut } = await lot.count(query)
    const counts: CampaignCounts = { messages: 0, totalCents: 0, refused: 0, leftOut }
    // What an approval binds to.
    const whole = createChain((text) => lot.hash('content', text))
    const tally = createTextTally(plan.compiled.mapping, (text) => lot.hash('text', text))
    const end = async (state: CampaignRunState): Promise<CampaignRan> => {
      const mail = mailOf(state, counts, plan, target)
      const said = { contentHash: whole.end(), texts: tally.total() }
      const flowId = await lot.commit({ state, counts, ...said, mail, now })
      return { state, flowId, counts }
    }
    if (chosen > plan.maximumRecipients) {
      counts.messages = chosen
      counts.totalCents = totalCents
      return await end('too-many')
    }
    if (chosen === 0) return await end('empty')
    let line = 0
    for await (const batch of lot.chosen(query)) {
      stop.throwIfAborted()
      const records: CampaignRecord[] = []
      for (const notice of batch) {
        const record = recordOf(notice, line + 1, plan.compiled, lot, counts, tally)
        if (record === null) continue
        line += 1
        records.push(record)
        if (record.fate === 'message') whole.add(`${record.noticeId} ${hashText(record.textHash)}`)
      }
      await lot.add(records)
      onProgress(counts.messages + counts.refused, chosen)
    }
    return await end('made')
  } catch (error) {
    await lot.rollback()
    throw error
  }
}

/** What a run at this moment would be about. */
export function queryOf(plan: CampaignPlan, now: Temporal.Instant): CampaignQuery {
  const { institution, campaign, mapping, perRecipient, isLive, calendar } = plan
  const today = now.toZonedDateTimeISO(calendar.zone)
  return {
    ...{ institution, campaign, mapping, perRecipient, isLive },
    selection: plan.select(today.toPlainDate()),
    againAfter: today.subtract({ days: plan.againAfterDays }).toInstant(),
  }
}

/** The instant at which messages of a run leave: that of the run, or the next opening after it. */
export function timeOf(calendar: Calendar, at: Temporal.Instant): CampaignTime {
  // One that never opens is judged when its messages are about to leave: they are held.
  const sendAt = nextOpening(calendar, at) ?? at
  const civilAt = sendAt.toZonedDateTimeISO(calendar.zone).toPlainDateTime()
  return { sendAt, civilAt, isMoved: Temporal.Instant.compare(sendAt, at) > 0 }
}

/** The text of a campaign for one notice, or why there is none. */
export function textFor(
  { mapping, missing }: CompiledCampaign,
  data: NoticeData,
): { payloads: Payloads; refusals: null } | { payloads: null; refusals: Refusal[] } {
  const absent = missing(data)
  if (absent.length > 0) return { payloads: null, refusals: absent.map(notKept) }
  const payloads = mapping.payloads(data, 0)
  const refusals = payloadRefusals([payloads])
  return refusals.length > 0 ? { payloads: null, refusals } : { payloads, refusals: null }
}

function notKept(field: string): Refusal {
  return {
    code: 'REC_FIELD_MISSING',
    field,
    detail: `La comunicazione non conserva ${field}, che il testo della campagna vuole.`,
    remedy: 'Aggiungilo a `keep` del modello: lo avranno le righe lette da allora in poi.',
  }
}

/** Null: it is counted, and makes no record. */
function recordOf(
  { id: noticeId, data, because }: ChosenNotice,
  line: number,
  compiled: CompiledCampaign,
  lot: CampaignLot,
  counts: CampaignCounts,
  tally: TextTally,
): CampaignRecord | null {
  const { key, dueAt } = data
  if (because !== null) {
    if (!isRecorded(because)) return null
    const detail = { key, because: leftOutLabels[because] }
    return { line, noticeId, fate: 'skipped', detail }
  }
  const { payloads, refusals } = textFor(compiled, data)
  if (payloads === null) {
    counts.refused += 1
    return { line, noticeId, fate: 'refused', detail: { key, refusals } }
  }
  counts.messages += 1
  counts.totalCents += data.payment?.amountCents ?? 0
  tally.count(line, tally.see(data, [payloads]))
  const textHash = lot.hash('text', JSON.stringify(payloads))
  return { line, noticeId, fate: 'message', dueAt, textHash }
}
