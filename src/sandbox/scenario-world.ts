// The world as a loaded scenario says: every key is the same caller, every citizen the same person,
// every message the same message. What was accepted is kept with everything else.
import { ioGroups, ordinaryGroups } from '../domain/io-groups.ts'
import { isFiscalCodeOfIo } from '../domain/message-values.ts'
import { type Activation, isActivated } from './activations.ts'
import type { Profile } from './population.ts'
import { ownedByCaller, type Scenario, type ScenarioPaymentInfo } from './scenario.ts'
import { type Caller, callerOf, type GatewayHeader, type Group } from './services.ts'
import { type Changes, feedHash } from './subscriptions-feed.ts'
import type { StoredMessage, World } from './world.ts'

export const scenarioService = '01SVC'
const siblingService = '01SIBLING'
const account = 'scenario'
const otherAccount = 'another-account'
const ordinaryOrganization = '01234567890'

/** Lays the scenario over a world, which goes on keeping time and messages. */
export function scenarioWorld(scenario: Scenario, base: World): World {
  const caller = callerIn(scenario)
  let activation: Activation | null = scenario.activation
    ? { status: scenario.activation, version: 0, changedAt: base.now() }
    : null
  const { rate_limit: limit } = scenario
  const rate = limit ? { calls: limit.calls ?? 150, seconds: limit.seconds ?? 5 } : null
  const lookup = scenario.remote_content_lookup_http_status ?? null

  return {
    ...base,
    findCaller: () => caller,
    rateOf() {
      const ordinary = base.rateOf(caller)
      return rate ?? (ordinary && { ...ordinary, isOff: true })
    },
    findProfile: () => profileIn(scenario, isActivated(activation, base.now())),
    activations: {
      find: () => activation,
      put(_fiscalCode, _service, status) {
        activation = { status, version: (activation?.version ?? -1) + 1, changedAt: base.now() }
        return activation
      },
    },
    findConfiguration(id) {
      const configurations = scenario.remote_content_configurations ?? {}
      const said = Object.hasOwn(configurations, id) ? configurations[id] : null
      const ordinary = said === null && lookup === null ? 404 : 200
      const owner = said === null || said === ownedByCaller ? account : otherAccount
      return { httpStatus: lookup ?? ordinary, owner }
    },
    findMessage(fiscalCode, id) {
      if (scenario.message === undefined) {
        const sent = base.findMessage(fiscalCode, id)
        // Any key is the one caller now, who also sent what was sent before.
        if (sent !== null) return { ...sent, service: scenarioService }
      }
      return messageIn(scenario, fiscalCode, id, base.now())
    },
    sharesReadStatus() {
      if (typeof scenario.recipient_shares_read_status === 'boolean') {
        return scenario.recipient_shares_read_status
      }
      if (scenario.profile === null) return null
      return scenario.profile?.preferences_mode !== 'LEGACY'
    },
    askPagoPa(payment, message) {
      const info = scenario.pagopa_payment_info
      if (!info) return base.askPagoPa(payment, message)
      const httpStatus = info.http_status ?? (info.faultCodeCategory ? 409 : 200)
      return {
        httpStatus,
        // Without a title IO's own text says `undefined`.
        title: info.title ?? (httpStatus === 0 ? 'no answer in time' : 'undefined'),
        isPaid: isDuplicated(info),
      }
    },
    changesOn: () => changesIn(scenario),
  }
}

/** As pagoPA's own codes: another detail is another fault. Not said, it is the right one. */
const duplicatedDetails = ['PAA_PAGAMENTO_DUPLICATO', 'PPT_PAGAMENTO_DUPLICATO']

function isDuplicated({ faultCodeCategory, faultCodeDetail }: ScenarioPaymentInfo): boolean {
  if (faultCodeCategory !== 'PAYMENT_DUPLICATED') return false
  return duplicatedDetails.includes(faultCodeDetail ?? 'PAA_PAGAMENTO_DUPLICATO')
}

/** In any case: IO's own documents vary. Other names go through, and count for nothing. */
function groupNamed(name: string): Group {
  const found = ioGroups.find((group) => group.toLowerCase() === name.toLowerCase())
  return found ?? (name as Group)
}

function callerIn(scenario: Scenario): Caller {
  const service = scenario.service ?? {}
  const caller = callerOf({
    service: scenarioService,
    account,
    groups: (scenario.groups ?? ordinaryGroups).map(groupNamed),
    category: service.category ?? 'STANDARD',
    maxAllowedPaymentAmount: service.max_allowed_payment_amount ?? 0,
    authorizedRecipients: service.authorized_recipients ?? [],
    authorizedCidrs: service.authorized_cidrs ?? [],
    organizationFiscalCode: service.organization_fiscal_code ?? ordinaryOrganization,
  })
  return {
    ...caller,
    isMissing: service.missing ?? false,
    // Said to be none, IO finds no address; not said, it is the connection's.
    clientIp: scenario.client_ip === null ? '' : (scenario.client_ip ?? null),
    missingHeaders: new Set(
      scenario.gateway_headers_missing?.map((name) => name.toLowerCase() as GatewayHeader),
    ),
  }
}

function profileIn(scenario: Scenario, isActive: boolean): Profile | null {
  const { profile } = scenario
  if (profile === null || profile?.inbox_enabled === false) return null
  const mode = profile?.preferences_mode ?? 'AUTO'
  const blocked = profile?.blocked?.[scenarioService]?.includes('INBOX') ?? false
  const chosen = scenario.service_preference?.inbox_enabled ?? mode === 'AUTO'
  const isOpen = mode === 'LEGACY' ? !blocked : chosen
  return {
    senderAllowed: scenario.service?.category === 'SPECIAL' ? isActive : isOpen,
    languages: profile?.preferred_languages ?? null,
    mode,
  }
}

/** Without a word about it there is an ordinary message, read by nobody yet. */
function messageIn(
  scenario: Scenario,
  fiscalCode: string,
  id: string,
  now: number,
): StoredMessage | null {
  if (scenario.message === null) return null
  const { message = {} } = scenario
  const status =
    message.stored_status === undefined ? scenario.stored_status : message.stored_status
  return {
    id,
    fiscalCode,
    service: message.sender_is_caller === false ? siblingService : scenarioService,
    acceptedAt: now,
    timeToLiveSeconds: 3_600,
    featureLevelType: message.feature_level_type ?? 'STANDARD',
    content: message.content === undefined ? ordinaryContent(scenario) : message.content,
    // No status is what IO has before it has processed anything.
    status: status === null ? 'ACCEPTED' : (status?.status ?? 'PROCESSED'),
    isPending: message.pending ?? false,
    isRead: status?.isRead ?? false,
  }
}

/** With a payment where the scenario says what pagoPA answers about it. */
function ordinaryContent(scenario: Scenario): object {
  const payment_data = {
    amount: 100,
    notice_number: '301000000000000001',
    invalid_after_due_date: false,
    payee: { fiscal_code: scenario.service?.organization_fiscal_code ?? ordinaryOrganization },
  }
  return {
    subject: 'Messaggio di prova',
    markdown: 'Questo messaggio sta nello scenario caricato nel simulatore: nessuno lo ha inviato.',
    ...(scenario.pagopa_payment_info && { payment_data }),
  }
}

function changesIn(scenario: Scenario): Changes {
  const hashed = (codes: readonly string[] | null) =>
    (codes ?? []).map((code) => (isFiscalCodeOfIo(code) ? feedHash(code) : code))
  const changes = scenario.changes_that_day ?? []
  if (Array.isArray(changes)) return { subscriptions: hashed(changes), unsubscriptions: [] }
  const named = Object.entries(changes)
  const those = (left: boolean) =>
    named.filter(([name]) => /unsub/.test(name) === left).flatMap(([, codes]) => hashed(codes))
  return { subscriptions: those(false), unsubscriptions: those(true) }
}
