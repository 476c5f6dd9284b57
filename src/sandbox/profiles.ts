// The profile endpoints of the sandbox: may this service write to this citizen now?
// No profile and an inbox switched off altogether are one answer, as on IO.
import { fiscalCodePattern, isFiscalCodeOfIo } from '../domain/new-message.ts'
import {
  noScopes,
  notAllowed,
  problem,
  recipientForbidden,
  refusedParameter,
  type SandboxAnswer,
  success,
} from './answers.ts'
import type { Population } from './population.ts'
import type { Caller } from './services.ts'

/** `POST /profiles`: the code in the body. */
export function answerProfileInBody(
  caller: Caller,
  payload: unknown,
  population: Population,
): SandboxAnswer {
  const refusal = refuseReader(caller)
  if (refusal !== null) return refusal
  const value = (payload as { fiscal_code?: unknown } | null)?.fiscal_code
  if (typeof value !== 'string' || !isFiscalCodeOfIo(value)) {
    const expected = `string that matches the pattern "${fiscalCodePattern}"`
    const place = '[root.0.fiscal_code]'
    const detail = `value [${JSON.stringify(value)}] at ${place} is not a valid [${expected}]`
    return problem(400, 'Invalid FiscalCodePayload', detail)
  }
  return answerProfile(caller, value, population)
}

/** `GET /profiles/{fiscal_code}`: deprecated, the code in the path. */
export function answerProfileInPath(
  caller: Caller,
  fiscalCode: string,
  population: Population,
): SandboxAnswer {
  const refusal = refuseReader(caller)
  if (refusal !== null) return refusal
  if (!isFiscalCodeOfIo(fiscalCode)) return refusedParameter(fiscalCode, fiscalCodePattern)
  return answerProfile(caller, fiscalCode, population)
}

function refuseReader({ groups }: Caller): SandboxAnswer | null {
  if (groups.size === 0) return noScopes
  return groups.has('ApiLimitedProfileRead') ? null : notAllowed()
}

function answerProfile(caller: Caller, fiscalCode: string, population: Population): SandboxAnswer {
  const mayWrite = caller.groups.has('ApiLimitedMessageWrite')
    ? caller.authorizedRecipients.has(fiscalCode)
    : caller.groups.has('ApiMessageWrite')
  if (!mayWrite) return recipientForbidden
  const profile = population.findProfile(fiscalCode, caller.service)
  if (profile === null) {
    const detail = 'The profile you requested was not found in the system.'
    return problem(404, 'Profile not found', detail)
  }
  return success(200, {
    sender_allowed: profile.senderAllowed,
    ...(profile.languages.length > 0 && { preferred_languages: profile.languages }),
  })
}
