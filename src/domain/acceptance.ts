// Whether IO would take a message from a key with these permissions: its checks in its order, of
// which the first that fails answers. What depends on the service alone (its ceiling, its
// configurations, its recipients) cannot be known here: `unknownsOf` says it.
// Source: services-func `CreateMessage` and its middlewares. Invariant: the sandbox agrees.
import { functionGroups, type IoGroup } from './io-groups.ts'
import { bodyLimitBytes } from './json-body.ts'
import { findingsAt, type MessageFinding } from './message-finding.ts'
import {
  lackingPermission,
  lackingScopes,
  type MessageRefusal,
  refuseAttachments,
  refuseFeatures,
  refuseMissingConfiguration,
  refuseRecipientPlace,
} from './message-refusal.ts'
import { type NewMessage, structureFaults } from './new-message.ts'
import { remedyOf } from './payload-remedy.ts'

export interface IoVerdict {
  /** IO's answer: 201 when it would take the message. */
  status: number
  /** IO's own; null when it would take the message. */
  title: string | null
  /** Why not: one for each fault of the payload, else exactly one. */
  problems: MessageFinding[]
}

/** IO's answer to `POST /messages` with this payload, by a key with these groups. */
export function verdictOn(payload: unknown, groups: ReadonlySet<IoGroup>): IoVerdict {
  return (
    refuseWriter(groups) ??
    refuseShape(payload) ??
    refuseMessage(payload as NewMessage, groups) ?? { status: 201, title: null, problems: [] }
  )
}

/** The verdict on a body above `bodyLimitBytes`. */
export function tooLarge(): IoVerdict {
  const detail = `The body is larger than ${bodyLimitBytes} bytes.`
  const remedy = 'Send one message a call, its text within 10,000.'
  return refuse(413, 'Body too large', findingsAt('')('body-size', detail, remedy))
}

/** The verdict on a body that is no JSON; `fault` is what the parser says, and quotes the body. */
export function unreadable(fault: string): IoVerdict {
  const words = fault.replace(/, (?:\.\.\.)?"[\s\S]*" is not valid JSON$/, '')
  const detail = `The body is not JSON (${words}); IO says 500, not 400.`
  const remedy = 'Correct the JSON; sending it again would end the same.'
  return refuse(500, 'Internal server error', findingsAt('')('malformed-json', detail, remedy))
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

function refuse(status: number, title: string, ...problems: MessageFinding[]): IoVerdict {
  return { status, title, problems }
}

function refuseWriter(groups: ReadonlySet<IoGroup>): IoVerdict | null {
  if (groups.has('ApiMessageWrite') || groups.has('ApiLimitedMessageWrite')) return null
  const isKnown = functionGroups.some((group) => groups.has(group))
  const { title, detail } = isKnown ? lackingPermission : lackingScopes
  const remedy = 'The key may not write messages: use one with the group ApiMessageWrite.'
  return refuse(403, title, findingsAt('')('may-not-write', detail, remedy))
}

function refuseShape(payload: unknown): IoVerdict | null {
  const faults = structureFaults(payload)
  if (faults.length === 0) return null
  const problems = faults.map((fault) =>
    findingsAt(fault.path)('message-structure', fault.detail, remedyOf(fault)),
  )
  return refuse(400, 'Invalid message structure', ...problems)
}

/** The checks after the shape, as far as they need no service. */
function refuseMessage(message: NewMessage, groups: ReadonlySet<IoGroup>): IoVerdict | null {
  const refusal: MessageRefusal | null =
    refuseFeatures(message, groups) ??
    refuseRecipientPlace(null, message) ??
    refuseMissingConfiguration(message) ??
    refuseAttachments(message)
  if (refusal === null) return null
  const { status, title, path, rule, detail, remedy } = refusal
  return refuse(status, title, findingsAt(path)(rule, detail, remedy))
}
