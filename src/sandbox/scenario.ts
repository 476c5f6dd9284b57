// A situation that somebody loads: after it every fiscal code and any key stands in it. Here are
// its keys and their checks; `scenario-world.ts` makes a world of it.
import { ioGroups } from '../domain/io-groups.ts'
import { activationStatuses } from './activations.ts'
import { messageStatuses } from './messages.ts'
import { preferencesModes } from './population.ts'
import { gatewayHeaders } from './services.ts'
import {
  anyObject,
  boolean,
  type Check,
  listOf,
  mapOf,
  nameLike,
  numberIn,
  object,
  oneOf,
  orNull,
  text,
} from './shape.ts'

/** As it comes in: every key may be missing. */
export interface Scenario {
  groups?: string[] | null
  service?: ScenarioService | null
  client_ip?: string | null
  gateway_headers_missing?: string[] | null
  profile?: ScenarioProfile | null
  service_preference?: { inbox_enabled?: boolean } | null
  activation?: 'ACTIVE' | 'INACTIVE' | 'PENDING' | null
  message?: ScenarioMessage | null
  stored_status?: ScenarioStatus | null
  recipient_shares_read_status?: boolean | null
  pagopa_payment_info?: ScenarioPaymentInfo | null
  remote_content_configurations?: Record<string, string> | null
  remote_content_lookup_http_status?: number | null
  /** Who came; or by name, where those with `unsub` in them left. */
  changes_that_day?: string[] | Record<string, string[] | null> | null
  rate_limit?: { calls?: number; seconds?: number } | null
}

export interface ScenarioService {
  missing?: boolean | null
  category?: 'STANDARD' | 'SPECIAL' | null
  max_allowed_payment_amount?: number | null
  authorized_recipients?: string[] | null
  authorized_cidrs?: string[] | null
  require_secure_channels?: boolean | null
  organization_fiscal_code?: string | null
}

export interface ScenarioProfile {
  inbox_enabled?: boolean | null
  preferences_mode?: 'AUTO' | 'MANUAL' | 'LEGACY' | null
  preferred_languages?: string[] | null
  blocked?: Record<string, string[]> | null
}

export interface ScenarioMessage {
  feature_level_type?: string | null
  pending?: boolean | null
  sender_is_caller?: boolean | null
  content?: object | null
  stored_status?: ScenarioStatus | null
}

export interface ScenarioStatus {
  status?: string | null
  isRead?: boolean | null
  rejection_reason?: string | null
}

export interface ScenarioPaymentInfo {
  http_status?: number | null
  title?: string | null
  faultCodeCategory?: string | null
  faultCodeDetail?: string | null
}

export const ownedByCaller = 'owned by caller'
export const ownedByAnother = 'owned by another account'

const languages = ['it_IT', 'en_GB', 'es_ES', 'de_DE', 'fr_FR']
const largestAmountCents = 9_999_999_999
/** 0 stands for no answer in time. */
const httpStatus = orNull(numberIn(0, 599))
const optional = (fields: Record<string, Check>) =>
  object(Object.fromEntries(Object.entries(fields).map(([key, check]) => [key, orNull(check)])))

const codes = listOf(text)

const status = optional({
  status: oneOf([...messageStatuses, 'THROTTLED']),
  isRead: boolean,
  isArchived: boolean,
  rejection_reason: text,
})

const check = optional({
  // IO drops the groups it does not know; what looks like a mistyped one is refused here.
  groups: listOf(nameLike(ioGroups)),
  service: optional({
    missing: boolean,
    category: oneOf(['STANDARD', 'SPECIAL']),
    max_allowed_payment_amount: numberIn(0, largestAmountCents),
    authorized_recipients: listOf(text),
    authorized_cidrs: listOf(text),
    require_secure_channels: boolean,
    organization_fiscal_code: text,
  }),
  client_ip: text,
  gateway_headers_missing: listOf((value, place) =>
    oneOf(gatewayHeaders)(typeof value === 'string' ? value.toLowerCase() : value, place),
  ),
  profile: optional({
    inbox_enabled: boolean,
    preferences_mode: oneOf(preferencesModes),
    preferred_languages: listOf(oneOf(languages)),
    blocked: mapOf(listOf(oneOf(['INBOX', 'EMAIL', 'WEBHOOK']))),
  }),
  service_preference: optional({ inbox_enabled: boolean }),
  activation: oneOf(activationStatuses),
  message: optional({
    feature_level_type: oneOf(['STANDARD', 'ADVANCED']),
    pending: boolean,
    sender_is_caller: boolean,
    content: anyObject,
    stored_status: status,
  }),
  stored_status: status,
  recipient_shares_read_status: boolean,
  pagopa_payment_info: optional({
    http_status: httpStatus,
    title: text,
    faultCodeCategory: text,
    faultCodeDetail: text,
  }),
  remote_content_configurations: mapOf(oneOf([ownedByCaller, ownedByAnother])),
  remote_content_lookup_http_status: httpStatus,
  changes_that_day: (value, place) =>
    (Array.isArray(value) ? codes : mapOf(orNull(codes)))(value, place),
  rate_limit: object({ calls: numberIn(1, 1_000_000), seconds: numberIn(1, 3_600) }),
})

/** Throws `ShapeError`. */
export function parseScenario(value: unknown): Scenario {
  check(value, '')
  return value as Scenario
}
