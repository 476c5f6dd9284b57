// `POST /messages` of the sandbox: IO's checks in IO's order; the first that fails answers.
// Source: services-func `CreateMessage` and its middlewares. Unknown keys are dropped, as there.
import {
  featuresOf,
  fiscalCodePattern,
  isFiscalCodeOfIo,
  keptPart,
  type NewMessage,
  type PayloadFault,
  payloadFaults,
} from '../domain/new-message.ts'
import {
  noScopes,
  notAllowed,
  problem,
  recipientForbidden,
  refusedParameter,
  type SandboxAnswer,
  success,
} from './answers.ts'
import type { Messages } from './messages.ts'
import type { Caller, Group } from './services.ts'

export interface CreateContext {
  messages: Messages
  /** Remote-content configurations: id → the account that owns it. */
  configurations: Readonly<Record<string, string>>
}

/** `pathCode` is the code of the deprecated `POST /messages/{fiscal_code}`, else null. */
export function answerCreate(
  caller: Caller,
  pathCode: string | null,
  payload: unknown,
  context: CreateContext,
): SandboxAnswer {
  const shape = refuseWriter(caller) ?? refuseShape(payload, pathCode)
  if (shape !== null) return shape
  const message = keptPart(payload as object)
  const fiscalCode = pathCode ?? message.fiscal_code
  const refusal =
    refuseFeatures(caller, message, payload) ??
    refuseRecipientPlace(pathCode, message) ??
    refuseRemoteContent(caller, message, context.configurations) ??
    refuseRecipient(caller, fiscalCode) ??
    refuseAmount(caller, message)
  if (refusal !== null) return refusal
  const id = context.messages.accept(caller, fiscalCode, message)
  return success(201, { id }, `/api/v1/messages/${fiscalCode}/${id}`)
}

function refuseWriter({ groups }: Caller): SandboxAnswer | null {
  if (groups.size === 0) return noScopes
  if (groups.has('ApiMessageWrite') || groups.has('ApiLimitedMessageWrite')) return null
  return notAllowed()
}

function refuseShape(payload: unknown, pathCode: string | null): SandboxAnswer | null {
  const faults = payloadFaults(payload, 'path')
  if (faults.length > 0) {
    return problem(400, 'Invalid message structure', faults.map(lineOf).join('\n'))
  }
  if (pathCode === null || isFiscalCodeOfIo(pathCode)) return null
  return refusedParameter(pathCode, fiscalCodePattern)
}

/** The first of IO's dialects of validation: it echoes the whole value. */
function lineOf({ path, expected, value }: PayloadFault): string {
  const place = path === '' ? 'root' : `root.${path}`
  return `value ${JSON.stringify(value)} at ${place} is not a valid [${expected}]`
}

const needs = {
  payee: ['ApiMessageWriteWithPayee', 'a payment message with payee'],
  premium: ['ApiMessageWriteAdvanced', 'a Premium message'],
  'third-party': ['ApiThirdPartyMessageWrite', 'a third party message'],
} as const satisfies Record<string, readonly [Group, string]>

function refuseFeatures(caller: Caller, message: NewMessage, payload: unknown) {
  const permission = (what: string) =>
    notAllowed(`You do not have enough permissions to send ${what}`)
  const { content } = payload as { content: { eu_covid_cert?: unknown } }
  if (content.eu_covid_cert !== undefined && !caller.groups.has('ApiMessageWriteEUCovidCert')) {
    return permission('an EUCovidCert message')
  }
  for (const feature of featuresOf(message)) {
    const [group, what] = needs[feature]
    if (!caller.groups.has(group)) return permission(what)
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

function refuseRemoteContent(
  caller: Caller,
  message: NewMessage,
  configurations: Readonly<Record<string, string>>,
): SandboxAnswer | null {
  const remote = message.content.third_party_data
  if (remote === undefined) return null
  if (remote.configuration_id === undefined) {
    return problem(
      403,
      'No configuration id for remote content',
      'You did not send any configuration id for your remote content in third_party_data',
    )
  }
  const owner = configurations[remote.configuration_id]
  if (owner === undefined) {
    return problem(
      404,
      'Remote Content Configuration NOT FOUND',
      'Cannot find any Remote Content Configuration with the given id',
    )
  }
  if (owner !== caller.account) {
    return problem(
      403,
      'Not your configuration',
      "You're not the owner of the configuration related to the given configuration_id",
    )
  }
  if (!remote.has_attachments || message.feature_level_type === 'ADVANCED') return null
  return problem(
    403,
    'Attachments call forbidden',
    'You are not allowed to send messages with attachmens with STANDARD messages, ' +
      'please use ADVANCED',
  )
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
