// `GET /messages/{fiscal_code}/{id}` of the sandbox: what became of a message.
// Told to its own sender only; a sibling service of the same institution is refused, as on IO.
import { fiscalCodePattern, isFiscalCodeOfIo } from '../domain/new-message.ts'
import {
  noScopes,
  notAllowed,
  problem,
  refusedParameter,
  type SandboxAnswer,
  success,
} from './answers.ts'
import { shareOf } from './hash.ts'
import type { FoundMessage, Messages } from './messages.ts'
import type { Caller } from './services.ts'

export interface StatusContext {
  messages: Messages
  seed: number
  /** Notice numbers that pagoPA knows as paid. */
  paid: ReadonlySet<string>
}

export function answerStatus(
  caller: Caller,
  fiscalCode: string,
  id: string,
  context: StatusContext,
): SandboxAnswer {
  if (caller.groups.size === 0) return noScopes
  if (!caller.groups.has('ApiMessageRead')) return notAllowed()
  if (!isFiscalCodeOfIo(fiscalCode)) return refusedParameter(fiscalCode, fiscalCodePattern)
  const found = context.messages.find(id)
  if (found === null || found.fiscalCode !== fiscalCode) {
    const detail = 'The message that you requested was not found in the system.'
    return problem(404, 'Message not found', detail)
  }
  if (found.service !== caller.service) {
    return notAllowed(
      'You are not allowed to read this message, you can only read messages that you have sent',
    )
  }
  return success(200, {
    message: {
      ...(found.status === 'PROCESSED' && contentOf(found, caller)),
      created_at: new Date(found.acceptedAt).toISOString(),
      fiscal_code: fiscalCode,
      id,
      sender_service_id: found.service,
      time_to_live: found.message?.time_to_live ?? 3600,
      feature_level_type: found.message?.feature_level_type ?? 'STANDARD',
    },
    status: found.status,
    ...advancedStatus(found, caller, context),
  })
}

/** As stored: known keys only, and the payee that processing fills in. */
function contentOf(found: FoundMessage, caller: Caller): object {
  if (found.message === null) return {}
  const { payment_data: payment, ...content } = found.message.content
  if (payment === undefined) return { content }
  const payee = payment.payee ?? { fiscal_code: caller.organizationFiscalCode }
  return { content: { ...content, payment_data: { ...payment, payee } } }
}

/** Reading and payment: premium messages only, once processed, with a permission of its own. */
function advancedStatus(found: FoundMessage, caller: Caller, context: StatusContext): object {
  const premium = found.message?.feature_level_type === 'ADVANCED'
  if (!premium || found.status !== 'PROCESSED') return {}
  if (!caller.groups.has('ApiMessageReadAdvanced')) return {}
  const share = shareOf(found.id, context.seed)
  const read_status = share < 0.5 ? 'READ' : share < 0.9 ? 'UNREAD' : 'UNAVAILABLE'
  if (found.noticeNumber === null) return { read_status }
  const payment_status = context.paid.has(found.noticeNumber) ? 'PAID' : 'NOT_PAID'
  return { read_status, payment_status }
}
