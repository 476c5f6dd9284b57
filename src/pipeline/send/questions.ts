// claimed messages → those that go, after the systems that their mappings name were asked about
// them. Asked a claim at a time and for a few seconds at most: what cannot be asked by then waits
// for later, so that no other service is kept waiting. Invariant: an answer keeps a message back or
// lets it go, and never changes what leaves; nobody is asked about whom nothing would leave for.
import type { AskedTable, Row, SendingQuestion } from '../../mapping/mapping.ts'
import { type Asked, type AskPorts, ask, type Halt } from '../connector/ask.ts'
import {
  type ClaimedMessage,
  type MessageEnd,
  mayAddress,
  type SendLog,
  type SendService,
} from './one.ts'

export interface QuestionPorts {
  mapping(versionId: number): Promise<{ questions: readonly SendingQuestion[] } | null>
  service(institution: string, service: string): SendService | null
  asking: AskPorts
  /** Ends the notice of a message, and all that it still has to send. */
  closeNotice(messageId: number, as: 'settled' | 'cancelled', now: Temporal.Instant): Promise<void>
  now(): Temporal.Instant
}

/** A message, with what is to be asked about it. */
export interface Questioned {
  message: ClaimedMessage
  questions: readonly SendingQuestion[]
}

/** How long one claim is asked about. */
const BUDGET = { seconds: 5 }
/** How soon what could not be asked about is tried again, at the earliest. */
const LATER = { seconds: 30 }
/** How soon where the system is down, or the configuration has it no more. */
const MUCH_LATER = { minutes: 5 }

/** Those that need not be asked about, and the others. */
export async function sortQuestioned(
  claimed: readonly ClaimedMessage[],
  ports: QuestionPorts,
): Promise<{ free: ClaimedMessage[]; questioned: Questioned[] }> {
  const free: ClaimedMessage[] = []
  const questioned: Questioned[] = []
  for (const message of claimed) {
    const questions = await questionsOf(message, ports)
    if (questions.length > 0) questioned.push({ message, questions })
    else free.push(message)
  }
  return { free, questioned }
}

async function questionsOf(
  message: ClaimedMessage,
  ports: QuestionPorts,
): Promise<readonly SendingQuestion[]> {
  // A test is about nobody whom a system knows.
  if (message.isLetGo || message.purpose === 'test') return []
  const mapping = await ports.mapping(message.mappingVersionId)
  const questions = mapping?.questions ?? []
  if (questions.length === 0) return questions
  const service = ports.service(message.institution, message.service)
  return service && mayAddress(service, message.data.fiscalCode) ? questions : []
}

/** Asks about these messages; answers those that go, and ends the others. */
export async function askBefore(
  questioned: readonly Questioned[],
  log: SendLog,
  signal: AbortSignal,
  ports: QuestionPorts,
): Promise<ClaimedMessage[]> {
  const latest = ports.now().add(BUDGET)
  const asked = await askAll(questioned, latest, signal, ports)
  const going: ClaimedMessage[] = []
  let late = 0
  const ends = questioned.map(async ({ message, questions }) => {
    const verdict = judge(message, questions, asked, late, ports.now())
    if (verdict === 'go') {
      going.push(message)
      return
    }
    const { closes, ...end } = verdict
    if (end.state === 'waiting') late += 1
    await log.end({ id: message.id, ...end })
    // After its own end: the next reminder would ask again, should nothing come of this.
    if (closes) await ports.closeNotice(message.id, closes, ports.now())
  })
  await Promise.all(ends)
  return going
}

/** Answers by question: several messages may ask the same of one system. */
type Answers = Map<string, Asked>

async function askAll(
  questioned: readonly Questioned[],
  latest: Temporal.Instant,
  signal: AbortSignal,
  ports: QuestionPorts,
): Promise<Answers> {
  const groups = new Map<string, { institution: string; of: SendingQuestion; keys: Set<string> }>()
  for (const { message, questions } of questioned) {
    for (const question of questions) {
      const name = nameOf(message.institution, question)
      const { institution } = message
      const group = groups.get(name) ?? { institution, of: question, keys: new Set() }
      groups.set(name, group)
      const key = question.keyOf(message.data)
      if (key !== null) group.keys.add(key)
    }
  }
  const now = ports.now()
  const asking = [...groups].map(async ([name, { institution, of, keys }]) => {
    const since = now.subtract({ minutes: of.freshMinutes })
    const question = { institution, asked: of.asked, keys: [...keys], since, latest, signal }
    return [name, await ask(question, ports.asking)] as const
  })
  return new Map(await Promise.all(asking))
}

function nameOf(institution: string, { asked, freshMinutes }: SendingQuestion): string {
  return [institution, asked.system, freshMinutes, asked.shape].join('\0')
}

type Verdict = 'go' | (Omit<MessageEnd, 'id'> & { closes: 'settled' | 'cancelled' | null })

/** The first question that does not let it go decides. `before`: how many wait before it. */
function judge(
  message: ClaimedMessage,
  questions: readonly SendingQuestion[],
  answers: Answers,
  before: number,
  now: Temporal.Instant,
): Verdict {
  for (const question of questions) {
    const key = question.keyOf(message.data)
    if (key === null) continue
    const said = answers.get(nameOf(message.institution, question))
    const row: Row | undefined = said?.answers.get(key)
    if (row === undefined)
      return unanswered(message, question.asked, said?.halt ?? null, before, now)
    const means = question.judge(row)
    const { because: detail, ends } = question
    const end = { detail, sendAt: null }
    if (means === 'skip') return { ...end, state: 'cancelled', code: 'answered', closes: ends }
    if (means === 'hold') return { ...end, state: 'held', code: 'HOLD_ANSWER', closes: null }
  }
  return 'go'
}

/** What the file of the system says of what it does not answer. */
function unanswered(
  { plannedAt }: ClaimedMessage,
  { system, table }: AskedTable,
  halt: Halt | null,
  before: number,
  now: Temporal.Instant,
): Verdict {
  const soon = now.add(LATER)
  if (halt?.why === 'late') {
    // One after the other, as the system bears: together they would all come in vain again.
    const seconds = Math.ceil(before / (halt.perSecond ?? 1))
    const sendAt = laterOf(halt.until ?? soon, soon).add({ seconds })
    return { state: 'waiting', code: null, detail: null, sendAt, closes: null }
  }
  // Begins with the system: `systems` counts by it, and `systems retry` finds what waits by it.
  const detail = `${system}: ${reasons[halt?.why ?? 'down']}`
  const code = 'HOLD_UNANSWERED'
  const isOver = plannedAt && isBefore(plannedAt.add({ hours: table.holdHours }), now)
  if (table.onFailure === 'skip')
    return { state: 'cancelled', code: 'unanswered', detail, sendAt: null, closes: null }
  if (table.onFailure === 'refuse' || isOver)
    return { state: 'held', code, detail, sendAt: null, closes: null }
  const sendAt = laterOf(halt?.until ?? soon, now.add(halt?.until ? LATER : MUCH_LATER))
  return { state: 'waiting', code, detail, sendAt, closes: null }
}

const reasons: Record<Halt['why'], string> = {
  cap: 'asked as often as `perDay` allows today',
  down: 'it did not answer',
  late: 'it could not be asked in time',
  gone: 'the configuration no longer has it',
}

function laterOf(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return isBefore(a, b) ? b : a
}

function isBefore(a: Temporal.Instant, b: Temporal.Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0
}
