// Keys, services and accounts of the sandbox.
// The key alone says which service calls, as on IO; the account owns the rate limit.

import { type IoGroup, ordinaryGroups } from '../domain/io-groups.ts'

export type Group = IoGroup

/** What the gateway tells the functions about a call; taken away, the functions complain. */
export const gatewayHeaders = [
  'x-user-id',
  'x-user-groups',
  'x-subscription-id',
  'x-user-email',
  'x-functions-key',
  'x-forwarded-for',
] as const

export type GatewayHeader = (typeof gatewayHeaders)[number]

/** A service as a test or an operator declares it. */
export interface SandboxService {
  /** The id that a later status question shows as `sender_service_id`. */
  service: string
  /** Owns the rate limit, together with all services of the same account. */
  account: string
  /** Cents. IO's default for a new service is 0: it refuses every payment. */
  maxAllowedPaymentAmount?: number
  /** Absent: what the back office gives an ordinary institution. */
  groups?: readonly Group[]
  /** Obeyed with `ApiLimitedMessageWrite` only. */
  authorizedRecipients?: readonly string[]
  /** IPv4 networks or single addresses; empty is any. IO leaves out those of IPv6. */
  authorizedCidrs?: readonly string[]
  /** National services are `SPECIAL`: a citizen activates them. */
  category?: 'STANDARD' | 'SPECIAL'
  /** Filled in as payee; 11 digits. */
  organizationFiscalCode?: string
}

/** A service with everything said. */
export interface Caller {
  service: string
  account: string
  maxAllowedPaymentAmount: number
  groups: ReadonlySet<string>
  authorizedRecipients: ReadonlySet<string>
  authorizedCidrs: readonly string[]
  isSpecial: boolean
  organizationFiscalCode: string
  /** IO knows the key, but no service of that name. */
  isMissing: boolean
  /** Null: the address of the connection. */
  clientIp: string | null
  missingHeaders: ReadonlySet<GatewayHeader>
}

/** Services that `anyKey` may make up; further keys are refused. */
const maximumMadeUp = 1_000

export interface Services {
  /** The caller of a key, or null for a key that is refused. */
  findCaller(key: string): Caller | null
  isSpecial(service: string): boolean
}

/**
 * With `anyKey` an unknown key becomes a service of its own, on the one account `sandbox`, free to
 * ask any amount.
 */
export function createServices(
  keys: Readonly<Record<string, SandboxService>>,
  anyKey: boolean,
): Services {
  const callers = new Map<string, Caller>()
  const special = new Set<string>()
  for (const [key, service] of Object.entries(keys)) {
    callers.set(key, callerOf(service))
    if (service.category === 'SPECIAL') special.add(service.service)
  }
  let madeUp = 0
  return {
    findCaller(key) {
      const known = callers.get(key)
      if (known !== undefined) return known
      if (!anyKey || key === '' || madeUp === maximumMadeUp) return null
      madeUp += 1
      const caller = callerOf({
        service: `sandbox-service-${madeUp}`,
        account: 'sandbox',
        maxAllowedPaymentAmount: 9_999_999_999,
      })
      callers.set(key, caller)
      return caller
    },
    isSpecial: (service) => special.has(service),
  }
}

/** A caller of this service, with IO's defaults for what is not said. */
export function callerOf(service: SandboxService): Caller {
  return {
    service: service.service,
    account: service.account,
    maxAllowedPaymentAmount: service.maxAllowedPaymentAmount ?? 0,
    groups: new Set<string>(service.groups ?? ordinaryGroups),
    authorizedRecipients: new Set(service.authorizedRecipients ?? []),
    authorizedCidrs: service.authorizedCidrs ?? [],
    isSpecial: service.category === 'SPECIAL',
    organizationFiscalCode: service.organizationFiscalCode ?? '00000000000',
    isMissing: false,
    clientIp: null,
    missingHeaders: new Set(),
  }
}
