// A single message that somebody writes: looked at, shown as it would be, checked on IO, and sent
// through the same stages as every other: a drop of one record, its flow, the checks, an approval
// where the service wants one. For the console, the API and the command line alike.
import { randomUUID } from 'node:crypto'
import { findInstitution, getInstitution } from '../config/config.ts'
import { findSendService } from '../config/stage-views.ts'
import { dayAt } from '../domain/civil-date.ts'
import type { Asked } from '../domain/decision.ts'
import { falseNoticeNumber } from '../domain/false-notice-number.ts'
import { HARD_FOR_ALL, readabilityOf } from '../domain/gulpease.ts'
import { adviceOn } from '../domain/message-advice.ts'
import { findingsAt, type MessageFinding } from '../domain/message-finding.ts'
import type { NewMessage } from '../domain/new-message.ts'
import { prefixed } from '../domain/title-prefix.ts'
import {
  type WrittenMessage,
  type WrittenPart,
  type WrittenProblem,
  writtenProblems,
} from '../domain/written-message.ts'
import { createIoClient, type IoClient, NotAllowedByModeError } from '../io/client.ts'
import { ioOptions } from '../io-options.ts'
import { readAppYaml } from '../mapping/text/app-yaml.ts'
import { WRITTEN_SERIES, type WrittenRecord, writtenMapping } from '../mapping/written-mapping.ts'
import type { Parts } from '../parts.ts'
import type { MapResult } from '../pipeline/map.ts'
import type { WrittenFlow } from '../store/writings.ts'
import { writtenFeeds, writtenVersion } from './written-feed.ts'

/** What a message is, before it is sent. */
export interface LookedMessage {
  /** Exactly what would be POSTed; null while it has problems. */
  payload: NewMessage | null
  /** Empty: it can be sent. */
  problems: readonly WrittenProblem[]
  /** What the citizen would not see as it is written, and the like; never in the way. */
  warnings: readonly MessageFinding[]
}

export type SentMessage =
  /** `isAgain`: it was asked for before under this key, and this is what came of it then. */
  | ({ kind: 'sent'; isAgain: boolean } & WrittenFlow)
  | { kind: 'refused'; problems: readonly WrittenProblem[] }
  /** The key was used for another message. */
  | { kind: 'key-used' }
  /** It is kept, and will be read in a moment. */
  | { kind: 'kept' }

export type Verified =
  /** On IO, and the service may write to them. */
  | 'reached'
  | 'no-profile'
  | 'sender-blocked'
  /** The service is in mode `dry-run`: nothing is asked of IO. */
  | 'dry-run'
  /** The service is in mode `testers`, and this is none of them. */
  | 'no-tester'
  /** IO did not answer, or not that. */
  | 'unknown'
  /** Asked too often: see `VERIFIED_A_MINUTE`. */
  | 'too-often'

/** `origin`: `console`, `api` or `cli`. */
type Writer = Pick<Asked, 'actor'> & { origin: string }

/** Questions to IO that people of one institution may ask in a minute: all share its rate. */
const VERIFIED_A_MINUTE = 20

export function openWriting(parts: Parts, map: (dropId: number) => Promise<MapResult | null>) {
  const { config, store, now } = parts
  let opened: IoClient | null = null
  const client = () => {
    if (opened === null) {
      const io = createIoClient(ioOptions(config))
      opened = io
      parts.onClose(() => io.close())
    }
    return opened
  }
  const asked = new Map<string, { minute: number; times: number }>()

  function look(institution: string, message: WrittenMessage): LookedMessage {
    const problems = [...serviceProblems(parts, institution, message), ...writtenProblems(message)]
    if (problems.length > 0) return { payload: null, problems, warnings: warningsOf(message) }
    const testers = getInstitution(config, institution).testers.map(({ fiscalCode }) => fiscalCode)
    return read(message, new Set(testers), now())
  }

  async function outcomeOf(dropId: number, isAgain: boolean): Promise<SentMessage> {
    await map(dropId)
    const flow = await store.writings.flowOf(dropId)
    return flow === null ? { kind: 'kept' } : { kind: 'sent', isAgain, ...flow }
  }

  /**
   * Sends it: with a key that has been used, answers what came of it then. `leavesAt` null: as
   * soon as it may.
   */
  async function send(
    institution: string,
    message: WrittenMessage,
    who: Writer,
    { key = randomUUID(), leavesAt = null }: SendWish = {},
  ): Promise<SentMessage> {
    const { payload, problems } = look(institution, message)
    if (payload === null) return { kind: 'refused', problems }
    const at = now()
    const record = recordOf(message, key)
    const kept = await store.writings.add(
      {
        ...{ institution, key, leavesAt, service: message.service },
        ...{ kind: 'message', title: '', actor: who.actor, origin: who.origin },
        content: JSON.stringify([message.service, record, leavesAt?.toString() ?? null]),
        mappingVersionId: await store.versions.idOf(institution, writtenVersion(), at),
      },
      at,
    )
    if (kept === 'differs') return { kind: 'key-used' }
    const feed = writtenFeeds.message
    const bytes = Buffer.from(`${JSON.stringify(record)}\n`)
    const target = { institution, feed, maximumDropBytes: bytes.length, notify: [] }
    const part = { name: `${WRITTEN_SERIES}.ndjson`, mediaType: 'application/x-ndjson' }
    const drop = { key, parts: [{ ...part, bytes: once(bytes) }] }
    const saved = await store.drops.save(target, drop, at)
    const dropId = saved?.id ?? (await store.writings.dropOf(institution, feed, key))
    if (dropId === null) throw new Error(`the drop of ${key} is not there`)
    return outcomeOf(dropId, kept === 'same')
  }

  return {
    look,

    /** Messages of today to the same citizen, and with the same notice. */
    today(institution: string, { service, fiscalCode, payment }: WrittenMessage) {
      const { timeZone } = getInstitution(config, institution)
      const since = dayAt(now(), timeZone).toZonedDateTime(timeZone).toInstant()
      const code = fiscalCode.trim().toUpperCase()
      const noticeNumber = payment?.noticeNumber ?? null
      return store.writings.today({ institution, service, fiscalCode: code, noticeNumber }, since)
    },

    /** Asks IO about one citizen, as somebody wants to know before they write. It is an act. */
    async verify(
      institution: string,
      { service: name, fiscalCode }: Pick<WrittenMessage, 'service' | 'fiscalCode'>,
      who: Writer,
    ): Promise<Verified> {
      const service = findSendService(config, institution, name)
      if (service === null) return 'unknown'
      if (service.mode === 'dry-run') return 'dry-run'
      const minute = Math.floor(now().epochMilliseconds / 60_000)
      const before = asked.get(institution)
      const times = before?.minute === minute ? before.times + 1 : 1
      asked.set(institution, { minute, times })
      if (times > VERIFIED_A_MINUTE) return 'too-often'
      await store.writings.verified(institution, name, who, now())
      try {
        const answer = await client().profile(service, fiscalCode.trim().toUpperCase())
        if (answer.allowed) return 'reached'
        const { outcome } = answer
        if (outcome.kind !== 'undeliverable') return 'unknown'
        return outcome.code === 'no-profile' ? 'no-profile' : 'sender-blocked'
      } catch (error) {
        if (error instanceof NotAllowedByModeError) return 'no-tester'
        throw error
      }
    },

    /** The same to a colleague, with `[PROVA]` before its title and a false notice number. */
    sendTest(
      institution: string,
      message: WrittenMessage,
      tester: { fiscalCode: string },
      who: Writer,
      key: string,
    ): Promise<SentMessage> {
      const { payment, subject } = message
      const noticeNumber = falseNoticeNumber(1)
      const test: WrittenMessage = {
        ...message,
        fiscalCode: tester.fiscalCode,
        subject: prefixed(subject, '[PROVA] '),
        payment: payment && { ...payment, noticeNumber },
      }
      return send(institution, test, who, { key })
    },

    send,
  }
}

export interface SendWish {
  /** Of whoever asks: asked again with it, nothing is sent twice. Absent: one of our own. */
  key?: string
  leavesAt?: Temporal.Instant | null
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

function serviceProblems({ config }: Parts, institution: string, { service }: WrittenMessage) {
  const services = findInstitution(config, institution)?.services ?? []
  if (services.some(({ name }) => name === service)) return []
  const words = { it: 'Scegli un servizio.', en: 'Choose a service.' }
  return [{ part: 'service' as const, words }]
}

/** The form as a line of its drop. */
function recordOf({ payment, ...message }: WrittenMessage, id: string): WrittenRecord {
  return {
    id,
    fiscal_code: message.fiscalCode.trim().toUpperCase(),
    subject: message.subject.trim(),
    text: message.markdown.replace(/\r\n?/g, '\n').trim(),
    ...(message.dueDate !== null && { due_date: message.dueDate }),
    ...(payment !== null && {
      notice_number: payment.noticeNumber.replace(/\s+/g, ''),
      amount: String(payment.amountCents),
      ...(payment.payee !== null && { payee: payment.payee }),
      ...(payment.invalidAfterDueDate && { expires: 'S' as const }),
    }),
  }
}

/** Reads the record as the stage `map` will, so that what is shown is what leaves. */
function read(
  message: WrittenMessage,
  testers: ReadonlySet<string>,
  now: Temporal.Instant,
): LookedMessage {
  const mapping = writtenMapping()
  const reader = mapping.reader()
  const line = Buffer.from(`${JSON.stringify(recordOf(message, 'x'))}\n`)
  const [raw] = [...reader.write(line), ...reader.end()]
  if (raw === undefined) throw new Error('the record of a written message cannot be read')
  const mapped = mapping.finish(mapping.read(raw), {}, { testers })
  if (mapped.kind !== 'notice') {
    const problems = mapped.kind === 'refused' ? mapped.refusals.map(problemOf) : []
    return { payload: null, problems, warnings: warningsOf(message) }
  }
  const payload = mapped.payloads[0]?.it ?? null
  const advice = adviceOn(payload, { now, readYaml: readAppYaml })
  return { payload, problems: [], warnings: [...advice, ...warningsOf(message)] }
}

const parts: Record<string, WrittenPart> = {
  fiscal_code: 'fiscalCode',
  subject: 'subject',
  'content.subject': 'subject',
  due_date: 'dueDate',
  notice_number: 'noticeNumber',
  amount: 'amount',
  payee: 'payee',
}

function problemOf({ field, detail, remedy }: { field: string | null } & Said): WrittenProblem {
  const text = `${detail} ${remedy}`
  return { part: parts[field ?? ''] ?? 'markdown', words: { it: text, en: text } }
}

interface Said {
  detail: string
  remedy: string
}

function warningsOf({ markdown }: WrittenMessage): MessageFinding[] {
  const reading = readabilityOf(markdown)
  if (reading === null || reading.words < 20 || reading.index >= HARD_FOR_ALL) return []
  const detail = 'The text is hard to read even for who has finished the high school.'
  const remedy = 'Write short sentences with common words.'
  return [findingsAt('content.markdown')('hard-to-read', detail, remedy)]
}
