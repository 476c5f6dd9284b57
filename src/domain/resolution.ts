// What a person may decide about a message that waits for one, and what each decision makes of it.
// Source of the rules: an uncertain message may have reached the citizen, a held one has not, and
// one that has ended never moves again. Sentences are English: the command line shows them.
import { isClosed, type MessageState, mayMove } from './message.ts'

/** `sent`: IO took it · `resend`: let it go (again) · `cancelled`: nothing more of it is sent. */
export const resolutions = ['sent', 'resend', 'cancelled'] as const
export type Resolution = (typeof resolutions)[number]

/** A message that is to be decided about, and what it belongs to. */
export interface OpenQuestion {
  state: MessageState
  /** Why it is held or uncertain: a code of `ioCodes`. */
  code: string | null
  flowStopped: boolean
  /** The notice was settled or cancelled, or a later version of it makes its own messages. */
  noticeOver: boolean
}

/** Where the message goes; or why it cannot, as the end of a sentence that begins with it. */
export type ResolutionAnswer =
  | { to: 'sent' | 'waiting' | 'cancelled'; because: null }
  | { to: null; because: string }

/** Applies a decision to a message as it stands now. */
export function resolve(question: OpenQuestion, as: Resolution): ResolutionAnswer {
  const { state } = question
  const no = (because: string): ResolutionAnswer => ({ to: null, because })
  if (state === 'sent') {
    return no('is sent: IO’s answer came late, or somebody has decided it already')
  }
  if (isClosed(state)) return no(`has ended already (${state})`)
  if (state !== 'held' && state !== 'uncertain') return no('is on its way: nothing is to decide')
  if (state === 'held' && as === 'sent') {
    return no('is held, and nothing of it has left: say resend or cancelled')
  }
  if (as === 'resend' && question.flowStopped) {
    return no('belongs to a flow that was stopped: say cancelled, or sent if IO took it')
  }
  if (as === 'resend' && state === 'held' && question.code === 'HOLD_NOT_APPROVED') {
    return no('was added or changed since its flow was approved: `flows approve` lets it go')
  }
  if (as === 'resend' && question.noticeOver) {
    return no('is out of date, since its notice was settled or has changed: say cancelled, or sent')
  }
  const to = as === 'resend' ? 'waiting' : as
  if (!mayMove(state, to)) throw new Error(`no message goes from ${state} to ${to}`)
  return { to, because: null }
}

const uncertainAdvice =
  'Ask the citizen, or compare the messages of the service on IO’s portal with the flow’s ' +
  'account. `sent` if it is there; `resend` may reach the citizen a second time; `cancelled` ' +
  'leaves it to another channel.'

const heldAdvice: Record<string, string> = {
  HOLD_TEXT_CHANGED: '`resend` accepts the text as it is rendered now; `cancelled` sends nothing.',
  HOLD_SERVICE:
    'Put the service back into the configuration and restart, then `resend`; or `cancelled`.',
  HOLD_DUE_DATE_PASSED:
    '`resend` sends it although its due date has passed; `cancelled` sends nothing.',
  HOLD_NOT_APPROVED:
    'It came, or changed, after its flow was approved: `staffetta flows approve FLOW` lets all ' +
    'of them go; `cancelled` sends nothing.',
  HOLD_LATE: '`resend` sends it although it is late; `cancelled` sends nothing.',
  HOLD_PAYMENTS_STALE:
    'It goes by itself once the feed of payments has news: `staffetta feeds` says what keeps it. ' +
    '`resend` sends it without, also to who may have paid; `cancelled` sends nothing.',
  HOLD_CLOSED:
    'Open an hour in the window, or in the calendar of the institution, and restart; then ' +
    '`resend`, or `cancelled`.',
  HOLD_ANSWER:
    '`resend` lets it go in spite of what the system answered; `cancelled` sends nothing.',
  HOLD_UNANSWERED:
    '`staffetta systems` says why the system does not answer. `resend` lets the message go ' +
    'without its answer; `cancelled` sends nothing.',
  IO_AMOUNT_CEILING:
    'Have the ceiling raised on IO’s portal, then `staffetta resume INSTITUTION/SERVICE` lets ' +
    'all of them go.',
  IO_FEATURE:
    'Have the feature enabled on IO’s portal, then `staffetta resume INSTITUTION/SERVICE` lets ' +
    'all of them go.',
}

/** What to look at before deciding, for the state and code of an open question. */
export function adviceOn(state: 'held' | 'uncertain', code: string | null): string {
  if (state === 'uncertain') return uncertainAdvice
  return heldAdvice[code ?? ''] ?? 'Mend the cause, then `resend`; or `cancelled`.'
}
