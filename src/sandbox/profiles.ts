// The profile endpoints of the sandbox: may this service write to this citizen now?
// No profile and an inbox switched off altogether are one answer, as on IO.
import { fiscalCodeKey } from './activations.ts'
import { refuseAddress, refuseCaller } from './admission.ts'
import { problem, recipientForbidden, refuseBody, type SandboxAnswer, success } from './answers.ts'
import { refuseFiscalCode } from './message-status.ts'
import type { Caller } from './services.ts'
import type { World } from './world.ts'

/** `POST /profiles`: the code in the body. */
export function answerProfileInBody(
  caller: Caller,
  payload: unknown,
  address: string,
  world: World,
): SandboxAnswer {
  const refusal =
    refuseCaller(caller, ['ApiLimitedProfileRead']) ??
    refuseBody('FiscalCodePayload', payload, { fiscal_code: fiscalCodeKey }) ??
    refuseAddress(caller, address)
  if (refusal !== null) return refusal
  return answerProfile(caller, (payload as { fiscal_code: string }).fiscal_code, world)
}

/** `GET /profiles/{fiscal_code}`: deprecated, the code in the path. */
export function answerProfileInPath(
  caller: Caller,
  fiscalCode: string,
  address: string,
  world: World,
): SandboxAnswer {
  const refusal =
    refuseCaller(caller, ['ApiLimitedProfileRead']) ??
    refuseFiscalCode(fiscalCode) ??
    refuseAddress(caller, address)
  return refusal ?? answerProfile(caller, fiscalCode, world)
}

function answerProfile(caller: Caller, fiscalCode: string, world: World): SandboxAnswer {
  const mayWrite = caller.groups.has('ApiLimitedMessageWrite')
    ? caller.authorizedRecipients.has(fiscalCode)
    : caller.groups.has('ApiMessageWrite')
  if (!mayWrite) return recipientForbidden
  const profile = world.findProfile(fiscalCode, caller.service)
  if (profile === null) {
    const detail = 'The profile you requested was not found in the system.'
    return problem(404, 'Profile not found', detail)
  }
  return success(200, {
    sender_allowed: profile.senderAllowed,
    ...(profile.languages !== null && { preferred_languages: profile.languages }),
  })
}
