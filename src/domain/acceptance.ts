// Whether IO would take a message from a key with these permissions: its checks in its order, of
// which the first that fails answers. What depends on the service alone (its ceiling, its
// configurations, its recipients) cannot be known here: `unknownsOf` says it.
// Source: services-func `CreateMessage` and its middlewares. Invariant: the sandbox agrees.
import { functionGroups, type IoGroup } from './io-groups.ts'
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { type NewMessage, type PayloadFault, payloadFaults } from './new-message.ts'
import { remedyOf } from './payload-remedy.ts'

/** Longer bodies are answered 413: our choice, since IO has no limit of its own. */
export const bodyLimitBytes = 1_048_576

export interface IoVerdict {
  /** IO's answer: 201 when it would take the message. */
  status: number
  /** Why not: one for each fault of the payload, else exactly one. */
  problems: MessageFinding[]
}

/** A body as IO reads it: an empty one is nothing at all, malformed JSON is IO's 500. */
export function readBody(text: string): { payload: unknown } | { verdict: IoVerdict } {
  try {
    return { payload: text === '' ? undefined : JSON.parse(text) }
  } catch (error) {
    return { verdict: unreadable(error as SyntaxError, text) }
  }
}

/** IO's answer to `POST /messages` with this payload, by a key with these groups. */
export function verdictOn(payload: unknown, groups: ReadonlySet<IoGroup>): IoVerdict {
  return (
    refuseWriter(groups) ??
    refuseShape(payload) ??
    refuseMessage(payload as NewMessage, groups) ?? { status: 201, problems: [] }
  )
}

/** The verdict on a body above `bodyLimitBytes`. */
export function tooLarge(): IoVerdict {
  const detail = `The body is larger than ${bodyLimitBytes} bytes.`
  return refuse(413, '', 'body-size', detail, 'Send one message a call, its text within 10,000.')
}

/** What the verdict had to leave open, since only the service knows it. */
export function unknownsOf(message: NewMessage, groups: ReadonlySet<IoGroup>): MessageFinding[] {
  const unknowns: MessageFinding[] = []
  const amount = message.content.payment_data?.amount
  if (amount !== undefined) {
    const cents = `${amount} ${amount === 1 ? 'cent' : 'cents'}`
    unknowns.push(
      findingsAt('content.payment_data.amount')(
        'amount-ceiling',
        `IO takes it only if the service may ask ${cents} or more; a new service may ask nothing.`,
        'Compare with max_allowed_payment_amount of the service.',
      ),
    )
  }
  if (message.content.third_party_data !== undefined) {
    unknowns.push(
      findingsAt('content.third_party_data.configuration_id')(
        'configuration-owner',
        'IO takes it only if this configuration exists and belongs to the account of the key.',
        'Compare with the list of remote-content configurations, which the manage key may read.',
      ),
    )
  }
  if (groups.has('ApiLimitedMessageWrite')) {
    unknowns.push(
      findingsAt('fiscal_code')(
        'authorized-recipients',
        'A key of ApiLimitedMessageWrite may write only to authorized_recipients of the service.',
        'Compare with that list.',
      ),
    )
  }
  return unknowns
}

function refuse(status: number, path: string, rule: string, detail: string, remedy: string) {
  return { status, problems: [findingsAt(path)(rule, detail, remedy)] }
}

/** The parser's words without the piece of the body that they quote. */
function unreadable({ message }: SyntaxError, text: string): IoVerdict {
  const words = message.replace(/, (?:\.\.\.)?"[\s\S]*" is not valid JSON$/, '')
  const detail = `Internal server error: the body is not JSON (${words}); IO says 500, not 400.`
  const remedy = text.startsWith('\uFEFF')
    ? 'Save the file without a byte order mark.'
    : 'Correct the JSON; sending it again would end the same.'
  return refuse(500, '', 'malformed-json', detail, remedy)
}

function refuseWriter(groups: ReadonlySet<IoGroup>): IoVerdict | null {
  if (groups.has('ApiMessageWrite') || groups.has('ApiLimitedMessageWrite')) return null
  const isKnown = functionGroups.some((group) => groups.has(group))
  const title = isKnown ? 'You are not allowed here' : 'User has no valid scopes'
  const detail = `${title}: the key may not write messages.`
  return refuse(403, '', 'may-not-write', detail, 'Use a key with the group ApiMessageWrite.')
}

function refuseShape(payload: unknown): IoVerdict | null {
  const faults = payloadFaults(payload, 'path')
  if (faults.length === 0) return null
  return { status: 400, problems: faults.map(problemOf) }
}

/** IO's own line without the value, which may be personal. */
function problemOf(fault: PayloadFault): MessageFinding {
  const place = fault.path === '' ? 'root' : `root.${fault.path}`
  const detail = `Invalid message structure: value at ${place} is not a valid [${fault.expected}]`
  return findingsAt(fault.path)('message-structure', detail, remedyOf(fault))
}

/** The checks after the shape: features, recipient, remote content. */
function refuseMessage(message: NewMessage, groups: ReadonlySet<IoGroup>): IoVerdict | null {
  for (const { path, group, what, isThere } of needs) {
    if (!isThere(message) || groups.has(group)) continue
    const detail = `You are not allowed here: You do not have enough permissions to send ${what}`
    return refuse(403, path, 'missing-group', detail, `Ask pagoPA for ${group}, or leave it out.`)
  }
  if (message.fiscal_code === undefined) {
    const detail =
      'Bad parameters: The fiscalcode parameter must be specified in the path or in the payload'
    return refuse(400, 'fiscal_code', 'no-recipient', detail, 'Add fiscal_code to the body.')
  }
  return refuseRemoteContent(message)
}

interface Need {
  path: string
  group: IoGroup
  /** IO's words. */
  what: string
  isThere: (message: NewMessage) => boolean
}

/** In IO's order. */
const needs: readonly Need[] = [
  {
    path: 'content.eu_covid_cert',
    group: 'ApiMessageWriteEUCovidCert',
    what: 'an EUCovidCert message',
    isThere: ({ content }) => 'eu_covid_cert' in content,
  },
  {
    path: 'content.payment_data.payee',
    group: 'ApiMessageWriteWithPayee',
    what: 'a payment message with payee',
    isThere: ({ content }) => content.payment_data?.payee !== undefined,
  },
  {
    path: 'feature_level_type',
    group: 'ApiMessageWriteAdvanced',
    what: 'a Premium message',
    isThere: ({ feature_level_type: level }) => level === 'ADVANCED',
  },
  {
    path: 'content.third_party_data',
    group: 'ApiThirdPartyMessageWrite',
    what: 'a third party message',
    // IO looks before it fills in the default: a level of null is no level here.
    isThere: ({ content, feature_level_type: level }) =>
      content.third_party_data !== undefined && (level === undefined || level === 'STANDARD'),
  },
]

function refuseRemoteContent(message: NewMessage): IoVerdict | null {
  const remote = message.content.third_party_data
  if (remote === undefined) return null
  const path = 'content.third_party_data'
  if (remote.configuration_id === undefined) {
    const detail =
      'No configuration id for remote content: You did not send any configuration id for your ' +
      'remote content in third_party_data'
    const remedy = 'Add configuration_id: IO needs it, though its specification says optional.'
    return refuse(403, `${path}.configuration_id`, 'no-configuration', detail, remedy)
  }
  if (!remote.has_attachments || message.feature_level_type === 'ADVANCED') return null
  const detail =
    'Attachments call forbidden: You are not allowed to send messages with attachmens with ' +
    'STANDARD messages, please use ADVANCED'
  const remedy = 'Send it as ADVANCED, which is billed, or without attachments.'
  return refuse(403, `${path}.has_attachments`, 'attachments', detail, remedy)
}
