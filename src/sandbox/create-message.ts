// `POST /messages` of the sandbox: IO's checks in IO's order; the first that fails answers.
// Source: services-func `CreateMessage` and its middlewares. Unknown keys are dropped, as there.
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
import type { Caller, Group } from './services.ts'
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
    refuseFeatures(caller, payload as SentMessage) ??
    refuseAddress(caller, address)
  if (shape !== null) return shape
  const message = keptPart(payload as object)
  const fiscalCode = pathCode ?? message.fiscal_code
  const refusal =
    refuseRecipientPlace(pathCode, message) ??
    refuseRemoteContent(caller, message, world) ??
    refuseRecipient(caller, fiscalCode) ??
    refuseAmount(caller, message)
  if (refusal !== null) return refusal
  const id = world.accept(caller, fiscalCode, message)
  if (id === null) return internalError('Unable to store processing message')
  return success(201, { id }, `/api/v1/messages/${fiscalCode}/${id}`)
}

/** A message of the right shape, before its defaults are filled in. */
interface SentMessage {
  feature_level_type?: string | null
  content: {
    eu_covid_cert?: object
    payment_data?: { payee?: object }
    third_party_data?: object
  }
}

function refuseShape(payload: unknown): SandboxAnswer | null {
  const detail = structureDetail(payload)
  return detail === null ? null : problem(400, 'Invalid message structure', detail)
}

/** IO looks at what was sent: a level of null is neither STANDARD nor ADVANCED here. */
function refuseFeatures(caller: Caller, sent: SentMessage): SandboxAnswer | null {
  const { content, feature_level_type: level } = sent
  const needs: [boolean, Group, string][] = [
    [content.eu_covid_cert !== undefined, 'ApiMessageWriteEUCovidCert', 'an EUCovidCert message'],
    [
      content.payment_data?.payee !== undefined,
      'ApiMessageWriteWithPayee',
      'a payment message with payee',
    ],
    [level === 'ADVANCED', 'ApiMessageWriteAdvanced', 'a Premium message'],
    [
      content.third_party_data !== undefined && (level === undefined || level === 'STANDARD'),
      'ApiThirdPartyMessageWrite',
      'a third party message',
    ],
  ]
  for (const [isThere, group, what] of needs) {
    if (isThere && !caller.groups.has(group)) {
      return notAllowed(`You do not have enough permissions to send ${what}`)
    }
  }
  return null
}

function refuseRecipientPlace(pathCode: string | null, message: NewMessage) {
  const inBody = message.fiscal_code !== undefined
  if ((pathCode !== null) !== inBody) return null
  const both = inBody ? ' but not in both' : ''
  return problem(
    400,
    'Bad parameters',
    `The fiscalcode parameter must be specified in the path or in the payload${both}`,
  )
}

function refuseRemoteContent(caller: Caller, message: NewMessage, world: World) {
  const remote = message.content.third_party_data
  if (remote === undefined) return null
  if (remote.configuration_id === undefined) {
    return problem(
      403,
      'No configuration id for remote content',
      'You did not send any configuration id for your remote content in third_party_data',
    )
  }
  const refusal = refuseConfiguration(caller, remote.configuration_id, world)
  if (refusal !== null) return refusal
  if (!remote.has_attachments || message.feature_level_type === 'ADVANCED') return null
  return problem(
    403,
    'Attachments call forbidden',
    'You are not allowed to send messages with attachmens with STANDARD messages, ' +
      'please use ADVANCED',
  )
}

function refuseConfiguration(caller: Caller, id: string, world: World): SandboxAnswer | null {
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
