// `GET /messages/{fiscal_code}/{id}` of the sandbox: what became of a message.
// Told to its own sender only; a sibling service of the same institution is refused, as on IO.
import { fiscalCodePattern, isFiscalCodeOfIo } from '../domain/message-values.ts'
import { type MessageContent, structureFaults } from '../domain/new-message.ts'
import { refuseAddress, refuseCaller } from './admission.ts'
import {
  internalError,
  notAllowed,
  problem,
  refusedParameter,
  type SandboxAnswer,
  success,
} from './answers.ts'
import type { Caller } from './services.ts'
import type { StoredMessage, StoredPayment, World } from './world.ts'

export function answerStatus(
  caller: Caller,
  fiscalCode: string,
  id: string,
  address: string,
  world: World,
): SandboxAnswer {
  const refusal =
    refuseCaller(caller, ['ApiMessageRead']) ??
    refuseFiscalCode(fiscalCode) ??
    refuseAddress(caller, address)
  if (refusal !== null) return refusal
  const found = world.findMessage(fiscalCode, id)
  if (found === null) {
    const detail = 'The message that you requested was not found in the system.'
    return problem(404, 'Message not found', detail)
  }
  if (found.service !== caller.service) {
    return notAllowed(
      'You are not allowed to read this message, you can only read messages that you have sent',
    )
  }
  const advanced = advancedStatus(found, caller, world)
  if ('refusal' in advanced) return advanced.refusal
  return success(200, {
    message: {
      ...(found.content !== null && { content: found.content }),
      created_at: new Date(found.acceptedAt).toISOString(),
      fiscal_code: fiscalCode,
      id,
      sender_service_id: found.service,
      time_to_live: found.timeToLiveSeconds,
      feature_level_type: found.featureLevelType,
    },
    status: found.status,
    ...advanced,
  })
}

/** The second of IO's dialects of validation: the code in the path. */
export function refuseFiscalCode(fiscalCode: string): SandboxAnswer | null {
  if (isFiscalCodeOfIo(fiscalCode)) return null
  return refusedParameter(fiscalCode, `string that matches the pattern "${fiscalCodePattern}"`)
}

type Advanced =
  | { read_status?: string; payment_status?: 'PAID' | 'NOT_PAID' }
  | { refusal: SandboxAnswer }

/** Reading and payment: premium messages no longer pending, with a permission of its own. */
function advancedStatus(found: StoredMessage, caller: Caller, world: World): Advanced {
  if (found.featureLevelType !== 'ADVANCED' || found.isPending) return {}
  if (!caller.groups.has('ApiMessageReadAdvanced')) return {}
  const isShared = world.sharesReadStatus(found)
  if (isShared === null) {
    return {
      refusal: internalError('Error retrieving information about read status preferences'),
    }
  }
  const read_status = isShared ? (found.isRead ? 'READ' : 'UNREAD') : 'UNAVAILABLE'
  const payment = found.status === 'PROCESSED' ? findPayment(found.content) : null
  if (payment === null) return { read_status }
  const { httpStatus, title, isPaid } = world.askPagoPa(payment, found)
  if (httpStatus === 200 || httpStatus === 404 || httpStatus === 409) {
    return { read_status, payment_status: httpStatus === 409 && isPaid ? 'PAID' : 'NOT_PAID' }
  }
  const asked = 'Failed to fetch payment status from PagoPa ecommerce api'
  const what = httpStatus === 0 ? title : `${asked}: status: ${httpStatus}, ${title}`
  return { refusal: internalError(`Error retrieving Payment Status: ${what}`) }
}

/** Null without a payment that holds, or without the payee that pagoPA has to be asked with. */
function findPayment(content: object | null): StoredPayment | null {
  const { payment_data: payment } = (content ?? {}) as Partial<MessageContent>
  if (!payment?.payee) return null
  const isWrong = structureFaults({ content }).some(({ path }) => path.startsWith(paymentPath))
  if (isWrong) return null
  return { payee: payment.payee.fiscal_code, noticeNumber: payment.notice_number }
}

const paymentPath = 'content.payment_data'
