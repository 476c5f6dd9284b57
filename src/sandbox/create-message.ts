// `POST /messages` of the sandbox: IO's checks in IO's order; the first that fails answers.
// Source: services-func `CreateMessage` and its middlewares. Unknown keys are dropped, as there.
import {
  type MessageRefusal,
  refuseAttachments,
  refuseFeatures,
  refuseMissingConfiguration,
  refuseRecipientPlace,
  type SentMessage,
} from '../domain/message-refusal.ts'
import { keptPart, type NewMessage, structureDetail } from '../domain/new-message.ts'
import { refuseAddress, refuseCaller } from './admission.ts'
import {
  internalError,
  notAllowed,
  problem,
  recipientForbidden,
  type SandboxAnswer,
  success,
} from './answers.ts'
import { refuseFiscalCode } from './message-status.ts'
import type { Caller } from './services.ts'
import type { World } from './world.ts'

/** `pathCode` is the code of the deprecated `POST /messages/{fiscal_code}`, else null. */
export function answerCreate(
  caller: Caller,
  pathCode: string | null,
  payload: unknown,
  address: string,
  world: World,
): SandboxAnswer {
  const shape =
    refuseCaller(caller, ['ApiMessageWrite', 'ApiLimitedMessageWrite']) ??
    refuseShape(payload) ??
    (pathCode === null ? null : refuseFiscalCode(pathCode)) ??
    answerOf(refuseFeatures(payload as SentMessage, caller.groups)) ??
    refuseAddress(caller, address)
  if (shape !== null) return shape
  const message = keptPart(payload as object)
  const fiscalCode = pathCode ?? message.fiscal_code
  const refusal =
    answerOf(refuseRecipientPlace(pathCode, message)) ??
    answerOf(refuseMissingConfiguration(message)) ??
    refuseConfiguration(caller, message, world) ??
    answerOf(refuseAttachments(message)) ??
    refuseRecipient(caller, fiscalCode) ??
    refuseAmount(caller, message)
  if (refusal !== null) return refusal
  const id = world.accept(caller, fiscalCode, message)
  if (id === null) return internalError('Unable to store processing message')
  return success(201, { id }, `/api/v1/messages/${fiscalCode}/${id}`)
}

function refuseShape(payload: unknown): SandboxAnswer | null {
  const detail = structureDetail(payload)
  return detail === null ? null : problem(400, 'Invalid message structure', detail)
}

/** One of the domain's refusals, as IO answers it. */
function answerOf(refusal: MessageRefusal | null): SandboxAnswer | null {
  return refusal && problem(refusal.status, refusal.title, refusal.detail)
}

function refuseConfiguration(
  caller: Caller,
  message: NewMessage,
  world: World,
): SandboxAnswer | null {
  const id = message.content.third_party_data?.configuration_id
  if (id === undefined) return null
  const { httpStatus, owner } = world.findConfiguration(id)
  switch (httpStatus) {
    case 200:
      if (owner === caller.account) return null
      return problem(
        403,
        'Not your configuration',
        "You're not the owner of the configuration related to the given configuration_id",
      )
    case 400:
      return problem(
        400,
        'Validation error',
        'The request to get the remote content configuration is invalid.',
      )
    case 403:
      return notAllowed()
    case 404:
      return problem(
        404,
        'Remote Content Configuration NOT FOUND',
        'Cannot find any Remote Content Configuration with the given id',
      )
    case 500:
      return internalError(
        'Generic error happened while trying to get remote content configuration.',
      )
    case 0:
      return internalError('Cannot retrieve the remote content configuration. Service unreachable.')
    default:
      return internalError('Unknown response while trying to get remote content configuration.')
  }
}

/** The limited group wins over the ordinary one. */
function refuseRecipient(caller: Caller, fiscalCode: string): SandboxAnswer | null {
  if (!caller.groups.has('ApiLimitedMessageWrite')) return null
  return caller.authorizedRecipients.has(fiscalCode) ? null : recipientForbidden
}

function refuseAmount(caller: Caller, message: NewMessage): SandboxAnswer | null {
  const amount = message.content.payment_data?.amount ?? 0
  const maximum = caller.maxAllowedPaymentAmount
  if (amount <= maximum) return null
  return problem(
    400,
    'Error while sending payment metadata',
    `The requested amount (${amount} cents) exceeds the maximum allowed for this service ` +
      `(${maximum} cents)`,
  )
}
