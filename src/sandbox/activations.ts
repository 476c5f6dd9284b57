// `POST` and `PUT /activations/` of the sandbox: whether a citizen has activated a service.
// Only services of the SPECIAL category have activations; others are refused, as on IO.
import { fiscalCodePattern, isFiscalCodeOfIo } from '../domain/message-values.ts'
import { refuseAddress, refuseCaller } from './admission.ts'
import {
  internalError,
  notAllowed,
  problem,
  refuseBody,
  type SandboxAnswer,
  success,
} from './answers.ts'
import type { Caller } from './services.ts'

export const activationStatuses = ['ACTIVE', 'INACTIVE', 'PENDING'] as const
export type ActivationStatus = (typeof activationStatuses)[number]

export interface Activation {
  status: ActivationStatus
  /** 0 for the first. */
  version: number
  /** Epoch milliseconds. */
  changedAt: number
}

export interface Activations {
  find(fiscalCode: string, service: string): Activation | null
  /** Null when no more can be kept. */
  put(fiscalCode: string, service: string, status: ActivationStatus): Activation | null
}

/** For so long a PENDING activation lets messages through. */
const graceMilliseconds = 86_400_000
const maximumKept = 1_000_000

export function createActivations(now: () => number): Activations {
  const kept = new Map<string, Activation>()
  return {
    find: (fiscalCode, service) => kept.get(`${fiscalCode} ${service}`) ?? null,
    put(fiscalCode, service, status) {
      const before = kept.get(`${fiscalCode} ${service}`)
      if (before === undefined && kept.size === maximumKept) return null
      const activation = { status, version: (before?.version ?? -1) + 1, changedAt: now() }
      kept.set(`${fiscalCode} ${service}`, activation)
      return activation
    },
  }
}

/** Whether a SPECIAL service may write to the citizen with this activation. */
export function isActivated(activation: Activation | null, now: number): boolean {
  if (activation === null) return false
  if (activation.status !== 'PENDING') return activation.status === 'ACTIVE'
  return now - activation.changedAt < graceMilliseconds
}

export const fiscalCodeKey = {
  expected: `string that matches the pattern "${fiscalCodePattern}"`,
  holds: (value: unknown) => typeof value === 'string' && isFiscalCodeOfIo(value),
}

const statusKey = {
  expected: 'ActivationStatus',
  holds: (value: unknown) => activationStatuses.some((status) => status === value),
}

/** Reads with `POST`, writes with `PUT`. */
export function answerActivation(
  caller: Caller,
  method: 'POST' | 'PUT',
  payload: unknown,
  address: string,
  activations: Activations,
): SandboxAnswer {
  const isRead = method === 'POST'
  const refusal =
    refuseCaller(caller, ['ApiMessageWrite']) ??
    (isRead
      ? refuseBody('FiscalCodePayload', payload, { fiscal_code: fiscalCodeKey })
      : refuseBody('ActivationPayload', payload, {
          fiscal_code: fiscalCodeKey,
          status: statusKey,
        })) ??
    refuseAddress(caller, address)
  if (refusal !== null) return refusal
  if (!caller.isSpecial) return notAllowed()
  const { fiscal_code, status } = payload as { fiscal_code: string; status: ActivationStatus }
  const found = isRead
    ? activations.find(fiscal_code, caller.service)
    : activations.put(fiscal_code, caller.service, status)
  if (found !== null) {
    const { status, version } = found
    return success(200, { fiscal_code, service_id: caller.service, status, version })
  }
  if (isRead) return problem(404, 'Not Found', 'Activation not found for the user')
  return internalError('the sandbox keeps no more activations')
}
