// Test batches, composed: choosing and sending them, what testers answer, and the pages where they
// do. A part of `flows.ts` and of the daemon; nothing here decides anything.
import { setTimeout as delay } from 'node:timers/promises'
import { type Config, findInstitution, getInstitution, zoneOf } from '../config/config.ts'
import { releaseSpecOf } from '../config/release-view.ts'
import { findSendService, toldOf } from '../config/stage-views.ts'
import { originCalendar } from '../config/timing-views.ts'
import type { TestPage, TestPageMessage, TestPages } from '../console/test-pages.ts'
import { nextOpening } from '../domain/calendar.ts'
import { minuteAt } from '../domain/civil-date.ts'
import type { Asked, Decided } from '../domain/decision.ts'
import type { TestCounts } from '../domain/test-answer.ts'
import { createIoClient } from '../io/client.ts'
import { ioOptions } from '../io-options.ts'
import type { Parts } from '../parts.ts'
import {
  hashOfToken,
  type SampleShown,
  sampleOf,
  sendTest,
  type TestableFlow,
  type TestPorts,
  type TestSent,
  type TestWish,
} from '../pipeline/release/test-batch.ts'
import { answeredMail } from '../pipeline/release/test-mail.ts'
import { textMappings } from '../sending.ts'
import type { Answered, OpenInvitation, TestState, Voiced } from '../store/test-answers.ts'

export interface FlowTests {
  /** What a test batch would consist of. */
  testSample(flowId: number, wish: TestWish): Promise<SampleShown[]>
  /** Sends one to colleagues; what they said of an earlier one counts no more. */
  sendTest(flowId: number, asked: Asked, wish: TestWish): Promise<Decided<TestSent>>
  /** The last batch, with all answers; null: there was none. */
  testState(flowId: number): Promise<TestState | null>
  /** Counts of the last batch; null: there was none, or the flow has changed since. */
  testOf(flowId: number): Promise<TestCounts | null>
  /** What a tester said by voice, as who asks writes it down. */
  writeTestAnswer(flowId: number, said: Voiced): Promise<Decided<{ counts: TestCounts }>>
}

export function openTests(parts: Parts): FlowTests {
  const { store, config, now } = parts
  const ports = testPorts(parts)
  return {
    testSample: (flowId, wish) => sampleOf(flowId, wish, ports(null)),
    async sendTest(flowId, asked, wish) {
      // A client of its own: who sends may be another process, and colleagues are few.
      const io = createIoClient(ioOptions(config))
      return sendTest(flowId, asked, wish, ports(io)).finally(() => io.close())
    },
    testState: store.testAnswers.state,
    testOf: store.testAnswers.counts,
    writeTestAnswer: (flowId, said) =>
      store.testAnswers.write(flowId, said, mailOfAnswer(config), now()),
  }
}

/** Without a client of IO nobody can be asked about: who only looks needs none. */
function testPorts(parts: Parts): (io: TestPorts['io'] | null) => TestPorts {
  const { config, store, vault, now } = parts
  const mapping = textMappings(parts)
  const url = config.installation.console?.url.replace(/\/+$/, '') ?? null
  return (io) => ({
    flows: store.flows,
    batches: store.testBatches,
    io: io ?? { profile: () => Promise.reject(new Error('nobody is asked about')) },
    service: (institution, name) => findSendService(config, institution, name),
    testersOf: (institution) => findInstitution(config, institution)?.testers ?? [],
    rulesOf: (flow) => rulesOf(config, flow),
    mapping,
    textHash: (text) => vault.hash('text', text),
    // Without a mail server no link can be given to anybody.
    pagesUrl: config.installation.mail ? url : null,
    now,
    sleep: (seconds) => delay(seconds * 1000),
  })
}

function rulesOf(config: Config, flow: TestableFlow) {
  const { realNoticeNumbers, testHours } = releaseSpecOf(config, flow)
  const zone = zoneOf(config, flow.institution)
  // The test flow is of no feed and no campaign: the institution’s own hours hold.
  const own = { institution: flow.institution, feed: null, campaign: null }
  const calendar = originCalendar(config, own)
  const leavesAt = (now: Temporal.Instant) => (calendar && nextOpening(calendar, now)) ?? now
  return { realNoticeNumbers, testHours, zone, leavesAt }
}

/** What the testers’ pages show and keep. */
export function testPages({ config, store, now }: Parts): TestPages {
  return {
    async open(token) {
      const invitation = await store.testAnswers.open(hashOfToken(token), now())
      return invitation && pageOf(config, invitation)
    },
    async answer(token, said) {
      const mailOf = mailOfAnswer(config)
      return (await store.testAnswers.answer(hashOfToken(token), said, mailOf, now())) !== null
    },
  }
}

function mailOfAnswer(config: Config) {
  return ({ flowId, institution, ...answer }: Answered) =>
    answeredMail(flowId, answer, toldOf(config, institution))
}

/** What of an invitation may be shown to whoever has its link. */
function pageOf(config: Config, invitation: OpenInvitation): TestPage {
  const { institution, tester, expiresAt, items, cells } = invitation
  const { name, timeZone } = getInstitution(config, institution)
  const byItem = new Map(cells.map((cell) => [cell.item, cell]))
  const messages = items.flatMap(({ record: _, ...item }): TestPageMessage[] => {
    const cell = byItem.get(item.item)
    if (cell === undefined) return []
    const { state, code, answer, note } = cell
    return [{ ...item, state: stateOf(state), code, answer, note }]
  })
  return { institution: name, tester, until: minuteAt(expiresAt, timeZone), messages }
}

function stateOf(state: OpenInvitation['cells'][number]['state']): TestPageMessage['state'] {
  if (state === 'sent') return 'sent'
  return ['waiting', 'claimed', 'sending'].includes(state) ? 'coming' : 'failed'
}
