// Keys, services and accounts of the sandbox.
// The key alone says which service calls, as on IO; the account owns the rate limit.

/** Permissions, by IO's names. */
export type Group =
  | 'ApiInfoRead'
  | 'ApiLimitedMessageWrite'
  | 'ApiLimitedProfileRead'
  | 'ApiMessageRead'
  | 'ApiMessageReadAdvanced'
  | 'ApiMessageWrite'
  | 'ApiMessageWriteAdvanced'
  | 'ApiMessageWriteEUCovidCert'
  | 'ApiMessageWriteWithPayee'
  | 'ApiServiceWrite'
  | 'ApiThirdPartyMessageWrite'

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
  /** Filled in as payee; 11 digits. */
  organizationFiscalCode?: string
}

/** A service with everything said. */
export interface Caller {
  service: string
  account: string
  maxAllowedPaymentAmount: number
  groups: ReadonlySet<Group>
  authorizedRecipients: ReadonlySet<string>
  organizationFiscalCode: string
}

const ordinaryGroups: readonly Group[] = [
  'ApiMessageWrite',
  'ApiInfoRead',
  'ApiMessageRead',
  'ApiLimitedProfileRead',
  'ApiServiceWrite',
]

/** Services that `anyKey` may make up; further keys are refused. */
const maximumMadeUp = 1_000

/**
 * Finds the caller of a key. With `anyKey` an unknown key becomes a service of its own, on the one
 * account `sandbox`, free to ask any amount.
 */
export function createServices(
  keys: Readonly<Record<string, SandboxService>>,
  anyKey: boolean,
): (key: string) => Caller | null {
  const callers = new Map<string, Caller>()
  for (const [key, service] of Object.entries(keys)) callers.set(key, callerOf(service))
  let madeUp = 0
  return (key) => {
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
  }
}

function callerOf(service: SandboxService): Caller {
  return {
    service: service.service,
    account: service.account,
    maxAllowedPaymentAmount: service.maxAllowedPaymentAmount ?? 0,
    groups: new Set(service.groups ?? ordinaryGroups),
    authorizedRecipients: new Set(service.authorizedRecipients ?? []),
    organizationFiscalCode: service.organizationFiscalCode ?? '00000000000',
  }
}
