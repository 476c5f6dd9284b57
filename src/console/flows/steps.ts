// The way of a flow in six steps, and where it is on it: *Arrivo → Controllo → Prova → Approvazione
// → Invio → Esiti*.
import { isSettled } from '../../domain/flow-account.ts'
import type { TestCounts } from '../../domain/test-answer.ts'
import { fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import type { Html } from '../../html.ts'
import { type Step, type StepState, stepper } from '../parts/way.ts'
import type { Visit } from '../visit.ts'
import type { ShownFlow } from './flow.ts'
import type { FlowCounts, Standing } from './frame.ts'

export function flowSteps(visit: Visit, { flow, counts, facts }: Standing): Html | null {
  if (flow.origin === 'test') return null
  const { language } = visit
  const test = facts?.test ?? null
  const href = (tab: string) => visit.to(`/flows/${flow.id}${tab}`)
  const states = statesOf(flow, counts)
  const step = (name: keyof typeof states, tab: string): Step => ({
    title: words[name][language],
    state: states[name],
    href: href(tab),
  })
  return stepper(
    words.label[language],
    [
      step('arrival', ''),
      step('check', '/checks'),
      { ...step('test', '/test'), ...testStep(flow, test, language) },
      step('approval', '/checks'),
      step('sending', '/records'),
      step('outcomes', '/outcomes'),
    ],
    language,
  )
}

/** Whether it was tested does not follow from how far it is. */
function testStep(
  { releasedAt }: Pick<ShownFlow, 'releasedAt'>,
  test: TestCounts | null,
  language: StaffLanguage,
): Pick<Step, 'state' | 'note'> {
  const none = releasedAt === null ? 'to-come' : 'left-out'
  if (test === null) return { state: none, note: words.noTest[language] }
  const { confirmed, messages, reported } = test
  const note = fill(words.confirmed, language, { confirmed, messages })
  if (reported > 0) return { state: 'wrong', note }
  return { state: confirmed === messages ? 'done' : 'at', note }
}

type StepName = 'arrival' | 'check' | 'test' | 'approval' | 'sending' | 'outcomes'

/** What came before the step at hand is done; where something is in the way, it says so. */
export function statesOf(
  flow: Pick<ShownFlow, 'state' | 'reason' | 'releasedAt' | 'stoppedAt'>,
  { account }: Pick<FlowCounts, 'account'>,
): Record<StepName, StepState> {
  const [at, state] = standingOf(flow, isSettled(account))
  const order: StepName[] = ['arrival', 'check', 'test', 'approval', 'sending', 'outcomes']
  const index = order.indexOf(at)
  const entries = order.map((name, here): [StepName, StepState] => {
    if (here < index) return [name, 'done']
    return [name, here === index ? state : 'to-come']
  })
  return Object.fromEntries(entries) as Record<StepName, StepState>
}

function standingOf(
  { state, reason, releasedAt, stoppedAt }: Parameters<typeof statesOf>[0],
  isClosed: boolean,
): [StepName, StepState] {
  if (stoppedAt !== null) return ['sending', 'wrong']
  switch (state) {
    case 'inactive':
      if (reason === 'loading') return ['arrival', 'at']
      return reason === 'with-errors' ? ['arrival', 'wrong'] : ['approval', 'wrong']
    case 'active':
      if (reason === 'blocked') return ['check', 'wrong']
      return releasedAt === null ? ['approval', 'at'] : ['sending', 'at']
    case 'sending':
      return ['sending', reason === null ? 'at' : 'wrong']
    case 'sent':
      return ['outcomes', 'done']
    case 'incomplete':
      return ['outcomes', isClosed ? 'done' : 'wrong']
  }
}

const words = {
  label: { it: 'Il percorso del flusso', en: 'The way of the flow' },
  arrival: { it: 'Arrivo', en: 'Arrival' },
  check: { it: 'Controllo', en: 'Checks' },
  test: { it: 'Prova', en: 'Test' },
  approval: { it: 'Approvazione', en: 'Approval' },
  sending: { it: 'Invio', en: 'Sending' },
  outcomes: { it: 'Esiti', en: 'Outcomes' },
  noTest: { it: 'non fatta', en: 'none made' },
  confirmed: {
    it: '{confirmed} di {messages} conferme',
    en: '{confirmed} of {messages} confirmed',
  },
} satisfies Record<string, Words>
