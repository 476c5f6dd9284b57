// flow → test messages on colleagues' phones. Asks IO for every tester's profile before anything
// leaves, and hands over a flow of its own with a personal link for each tester. Invariants: what
// is sent is the real text at the tester's address, with its title marked; nothing leaves for some
// testers when one of them cannot be reached.
import { createHash, randomBytes } from 'node:crypto'
import type { Asked, Decided, DecisionRefusal } from '../../domain/decision.ts'
import type { FlowReason, FlowState } from '../../domain/flow.ts'
import { whyNotBefore } from '../../domain/flow-moves.ts'
import type { NoticeData } from '../../domain/notice.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { StaffMail } from '../../domain/staff-mail.ts'
import type { SampledReason } from '../../domain/test-sample.ts'
import type { IoPort, SendService } from '../send/one.ts'
import { testMail } from './test-mail.ts'
import { type ChosenText, chooseTexts, dataOf, payloadsOf, type SamplePorts } from './test-texts.ts'

export interface TestPorts extends SamplePorts {
  flows: { get(id: number): Promise<TestableFlow> }
  batches: SamplePorts['batches'] & {
    /** What its messages are now: a hash. */
    digest(flowId: number): Promise<Uint8Array>
    /** False: it has begun to leave, or is another by now. Nothing was sent then. */
    send(batch: TestBatch, now: Temporal.Instant): Promise<boolean>
  }
  io: Pick<IoPort, 'profile'>
  /** Null when the configuration no longer has it. */
  service(institution: string, service: string): SendService | null
  testersOf(institution: string): readonly Tester[]
  rulesOf(flow: TestableFlow): TestRules
  textHash(text: string): Uint8Array
  /** Where the testers’ pages are, without a slash at the end; null: nowhere. */
  pagesUrl: string | null
  sleep(seconds: number): Promise<void>
}

export interface TestableFlow {
  id: number
  institution: string
  feed: string | null
  campaign: string | null
  origin: string
  service: string
  state: FlowState
  reason: FlowReason
}

export interface Tester {
  name: string
  fiscalCode: string
  email?: string | undefined
}

export interface TestRules {
  realNoticeNumbers: boolean
  /** How long the testers may answer. */
  testHours: number
  /** In which the mails say until when. */
  zone: string
  /** When what is sent now leaves: at once, or when the institution opens. */
  leavesAt(now: Temporal.Instant): Temporal.Instant
}

/** What a person asks for; what they do not say is chosen. */
export interface TestWish {
  /** Names of testers; empty: all. */
  testers: readonly string[]
  /** How many records are drawn by chance; absent: 2. */
  random?: number
  /** Absent: the number of the flow. */
  seed?: string
  /** Nobody has a mail: what they say is written down by who asks. */
  noAnswers?: boolean
}

/** A text that every tester is sent. */
export interface TestItem {
  /** 1, 2, 3 … */
  item: number
  record: number | null
  line: number | null
  /** 0: the first message, then its reminders. */
  template: number
  reasons: readonly SampledReason[]
  /** The false one that it shows; null: the real one, or none. */
  noticeNumber: string | null
}

export interface TestMessage {
  item: number
  mappingVersionId: number
  template: number
  data: NoticeData
  textHash: Uint8Array
}

export interface TestInvitation {
  tester: string
  /** SHA-256 of the link’s token; null: they have no link. */
  tokenHash: Uint8Array | null
  mail: StaffMail | null
  messages: TestMessage[]
}

export interface TestBatch {
  flowId: number
  digest: Uint8Array
  asked: Asked
  items: readonly TestItem[]
  invitations: readonly TestInvitation[]
  expiresAt: Temporal.Instant
}

/** One of those chosen, as a person sees it before it is sent. */
export interface SampleShown extends TestItem {
  /** The citizen’s: to be masked. */
  fiscalCode: string
  title: string
  /** Of the text, in UTF-16 units. */
  length: number
}

export interface TestSent {
  messages: number
  testers: string[]
  /** Later than now where the institution sends nothing at this hour. */
  leavesAt: Temporal.Instant
  expiresAt: Temporal.Instant
}

/** IO is asked so often for a profile when it is busy, and waited for so long at most. */
const PROFILE_TRIES = 3
const PROFILE_WAIT_SECONDS = 5

/** Bytes of a link’s token. */
const TOKEN_BYTES = 32

/** What would be sent, in the order in which it is. */
export async function sampleOf(
  flowId: number,
  wish: TestWish,
  ports: TestPorts,
): Promise<SampleShown[]> {
  const flow = await ports.flows.get(flowId)
  const texts = await chooseTexts(flowId, { ...wish, ...ports.rulesOf(flow) }, ports)
  return texts.map(({ item, source, title, length }) => {
    return { ...item, fiscalCode: source.data.fiscalCode, title, length }
  })
}

/** Sends a batch, which takes the place of any before it; or says why not, and nothing leaves. */
export async function sendTest(
  flowId: number,
  asked: Asked,
  wish: TestWish,
  ports: TestPorts,
): Promise<Decided<TestSent>> {
  const flow = await ports.flows.get(flowId)
  const refuse = (because: DecisionRefusal, figures: Record<string, string> = {}) =>
    ({ kind: 'refused', because, state: flow.state, figures }) as const
  const closed = flow.origin === 'test' ? 'is-test' : whyNotBefore(flow)
  if (closed) return refuse(closed)
  const service = ports.service(flow.institution, flow.service)
  if (service === null || service.mode === 'dry-run') return refuse('service-dry-run')
  const testers = chosenTesters(ports.testersOf(flow.institution), wish)
  if (testers.length === 0) return refuse('no-testers')
  const mute = muteTesters(testers, ports)
  const isAgreed = wish.noAnswers === true && mute.length === testers.length
  if (mute.length > 0 && !isAgreed) {
    const missing = ports.pagesUrl === null ? 'console' : 'email'
    return refuse('tester-without-mail', { testers: mute.join(', '), missing })
  }
  const digest = await ports.batches.digest(flowId)
  const rules = ports.rulesOf(flow)
  const texts = await chooseTexts(flowId, { ...wish, ...rules }, ports)
  if (texts.length === 0) return refuse('ended')
  for (const { name, fiscalCode } of testers) {
    const outcome = await findRefusal(service, fiscalCode, ports)
    if (outcome) return refuse('tester-refused', { tester: name, code: codeOf(outcome) })
  }
  const now = ports.now()
  const expiresAt = now.add({ hours: rules.testHours })
  const terms = { flowId, expiresAt, zone: rules.zone }
  const invitations = testers.map((tester) => invitationOf(tester, texts, terms, ports))
  const items = texts.map(({ item }) => item)
  const isSent = await ports.batches.send(
    { flowId, digest, asked, items, invitations, expiresAt },
    now,
  )
  if (!isSent) return refuse('changed')
  const names = testers.map(({ name }) => name)
  const messages = names.length * items.length
  return { kind: 'done', messages, testers: names, leavesAt: rules.leavesAt(now), expiresAt }
}

/** Of a link only this is kept: it cannot be turned back, and 32 random bytes are not guessed. */
export function hashOfToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

function chosenTesters(testers: readonly Tester[], { testers: names }: TestWish): Tester[] {
  return names.length === 0 ? [...testers] : testers.filter(({ name }) => names.includes(name))
}

/** Those who could not answer. */
function muteTesters(testers: readonly Tester[], { pagesUrl }: TestPorts): string[] {
  const cannot = ({ email }: Tester) => email === undefined || pagesUrl === null
  return testers.filter(cannot).map(({ name }) => name)
}

function invitationOf(
  { name: tester, fiscalCode, email }: Tester,
  texts: readonly ChosenText[],
  terms: { flowId: number; expiresAt: Temporal.Instant; zone: string },
  ports: TestPorts,
): TestInvitation {
  const messages = texts.map((text) => ({
    item: text.item.item,
    mappingVersionId: text.source.mappingVersionId,
    template: text.item.template,
    data: dataOf(text.item, text.source, fiscalCode),
    textHash: ports.textHash(JSON.stringify(payloadsOf(text, fiscalCode))),
  }))
  if (email === undefined || ports.pagesUrl === null) {
    return { tester, tokenHash: null, mail: null, messages }
  }
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  const url = `${ports.pagesUrl}/prova/${token}`
  const mail = testMail({ email, url, messages: messages.length, ...terms })
  return { tester, tokenHash: hashOfToken(token), mail, messages }
}

/** Why IO would not take a message for this colleague; null: it would. */
async function findRefusal(
  service: SendService,
  fiscalCode: string,
  ports: TestPorts,
): Promise<Outcome | null> {
  for (let tries = 1; ; tries += 1) {
    const profile = await ports.io.profile(service, fiscalCode)
    if (profile.allowed) return null
    const { outcome } = profile
    const isBusy = outcome.kind === 'deferred' && outcome.scope !== 'service'
    if (!isBusy || tries === PROFILE_TRIES) return outcome
    const seconds = outcome.retryAfterSeconds ?? PROFILE_WAIT_SECONDS
    await ports.sleep(Math.min(seconds, PROFILE_WAIT_SECONDS))
  }
}

function codeOf(outcome: Outcome): string {
  return 'code' in outcome ? outcome.code : outcome.kind
}
