// What a life is drawn to be: the account and its services, the flows with their messages, and how
// often IO and the network go wrong.
import { ordinaryGroups } from '../../src/domain/io-groups.ts'
import type { SendService } from '../../src/pipeline/send/one.ts'
import type { SendAccount } from '../../src/pipeline/send.ts'
import type { SandboxService } from '../../src/sandbox/services.ts'
import type { Weather } from './io.ts'
import { noticeDataOf, textHashOf } from './letters.ts'
import { EPOCH } from './node.ts'
import type { Random } from './random.ts'
import { emptyTables, type FlowRow, type Tables, waitingMessage } from './tables.ts'

export const ACCOUNT = 'conto'

export const SERVICES = ['tributi', 'mensa', 'anagrafe'] as const

export function serviceOf(service: string): SendService {
  const institution = service === 'anagrafe' ? 'unione' : 'comune'
  return {
    institution,
    service,
    account: ACCOUNT,
    baseUrl: 'https://io.example/api/v1',
    key: { reveal: () => `key-of-${service}` },
    mode: 'live',
    testers: new Set(),
  }
}

/** What IO knows of a key when all is well. */
export function keyOf(service: string): SandboxService {
  return {
    service,
    account: ACCOUNT,
    maxAllowedPaymentAmount: 9_999_999_999,
    groups: [...ordinaryGroups, 'ApiMessageWriteWithPayee', 'ApiMessageWriteAdvanced'],
  }
}

export function drawAccount(random: Random): SendAccount {
  return {
    name: ACCOUNT,
    callsPerWindow: random.pick([0, 20, 60, 150]),
    windowSeconds: 5,
    connections: random.pick([1, 2, 4, 8]),
    firstStatusCheckSeconds: random.pick([5, 60]),
    premiumFollowDays: 1,
  }
}

/** Most lives are fair in most respects, so that rare faults meet ordinary sending. */
export function drawWeather(random: Random): Weather {
  const one = () => (random.isBelow(0.5) ? 0 : random.share() ** 3 * 0.3)
  return { limited: one(), failing: one(), cut: one(), refused: one(), odd: one(), slow: one() }
}

const FLOWS: Pick<FlowRow, 'institution' | 'feed' | 'service'>[] = [
  { institution: 'comune', feed: 'tari', service: 'tributi' },
  { institution: 'comune', feed: 'mensa', service: 'mensa' },
  { institution: 'comune', feed: 'solleciti', service: 'tributi' },
  { institution: 'unione', feed: 'carte', service: 'anagrafe' },
]

export function drawTables(random: Random): Tables {
  const tables = emptyTables()
  FLOWS.forEach((flow, index) => {
    tables.flows.set(index + 1, {
      ...flow,
      id: index + 1,
      account: ACCOUNT,
      state: 'active',
      reason: 'approved',
      isSuspended: false,
      isStopped: false,
    })
  })
  const notices = random.between(5, 40)
  for (let number = 1; number <= notices; number += 1) drawNotice(tables, number, random)
  return tables
}

function drawNotice(tables: Tables, number: number, random: Random): void {
  const flowId = random.between(1, FLOWS.length)
  const { institution, feed, service } = FLOWS[flowId - 1] as FlowRow
  const data = noticeDataOf({
    number,
    amountCents: random.isBelow(0.6) ? random.between(100, 50_000) : null,
    hasPayee: random.isBelow(0.1),
    isPremium: random.isBelow(0.1),
  })
  const dueAt = random.isBelow(0.2) ? EPOCH + random.between(1_000, 7_200_000) : null
  tables.notices.set(number, { id: number, state: 'open', flowId })
  const reminders = random.isBelow(0.2) ? 1 : 0
  for (let template = 0; template <= reminders; template += 1) {
    const later =
      template === 0 ? random.pick([0, 0, 0, 30_000]) : random.between(60_000, 7_200_000)
    const hasChanged = random.isBelow(0.02)
    const told = {
      id: number * 10 + template,
      institutionId: institution === 'comune' ? 1 : 2,
      institution,
      flowId,
      feed,
      service,
      mappingVersionId: 1,
      template,
      purpose: template === 0 ? ('first' as const) : ('reminder' as const),
      campaign: null,
      dueAt: dueAt === null ? null : Temporal.Instant.fromEpochMilliseconds(dueAt),
      isOneADay: false,
      textHash: hasChanged ? new Uint8Array(20) : textHashOf(data, template),
      data,
    }
    const sendAt = EPOCH + later
    const plannedAt = template === 0 ? EPOCH : sendAt
    tables.messages.set(told.id, { ...waitingMessage(told, number), sendAt, plannedAt, dueAt })
  }
}
