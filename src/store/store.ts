// The store: every aggregate over one pool and one vault. Opened by the composition root; each file
// beside this one holds one aggregate with its SQL.
import { createActs } from './acts.ts'
import { createAgenda } from './agenda.ts'
import { createAnswers } from './answers.ts'
import { createApprovalEnds } from './approval-ends.ts'
import { createApprovals } from './approvals.ts'
import { createBrakes } from './brakes.ts'
import { createCampaignLots } from './campaign-lots.ts'
import { createCampaigns } from './campaigns.ts'
import { createCivilTimes } from './civil-times.ts'
import { createClock } from './clock.ts'
import { createContactDays } from './contact-days.ts'
import type { Pool } from './database.ts'
import { createDeliveries } from './deliveries.ts'
import { createDoNotContact } from './do-not-contact.ts'
import { createDropAccounts } from './drop-accounts.ts'
import { createDropAskings } from './drop-askings.ts'
import { createDrops } from './drops.ts'
import { createErrataLots } from './errata-lots.ts'
import { createFeeds } from './feeds.ts'
import { createFlowChecks } from './flow-checks.ts'
import { createFlowLives } from './flow-life.ts'
import { createFlowRelations } from './flow-relations.ts'
import { createFlows } from './flows.ts'
import { createInstallation } from './installation.ts'
import { createInstitutions } from './institutions.ts'
import { createLeases } from './leases.ts'
import { createLots } from './lots.ts'
import { createMappedDrops } from './mapped-drops.ts'
import { createMappingVersions } from './mapping-versions.ts'
import { createMessages } from './messages.ts'
import { createMissing } from './missing.ts'
import { createNodes } from './nodes.ts'
import { createNoticeDecisions } from './notice-decisions.ts'
import { createNotices } from './notices.ts'
import { createOtherMessages } from './other-messages.ts'
import { createPaymentNews } from './payment-news.ts'
import { createPeople } from './people.ts'
import { createPostponements } from './postponements.ts'
import { createProgress } from './progress.ts'
import { createReceipts } from './receipts.ts'
import { createRedo } from './redo.ts'
import { createReferences } from './references.ts'
import { createResolutions } from './resolutions.ts'
import { createRests } from './rests.ts'
import { createSchedule } from './schedule.ts'
import { createServiceLimits } from './service-limits.ts'
import { createServicePauses } from './service-pauses.ts'
import { createSessions } from './sessions.ts'
import { createSettlements } from './settlements.ts'
import { createSkippedDays } from './skipped-days.ts'
import { createStaffMails } from './staff-mails.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createSystems } from './systems.ts'
import { createTestAnswers } from './test-answers.ts'
import { createTestBatches } from './test-batches.ts'
import { createToldHolds } from './told-holds.ts'
import type { Vault } from './vault.ts'
import { createWaitingLots } from './waiting-lots.ts'
import { createWaits } from './waits.ts'
import type { Enqueue } from './wake.ts'
import { createWriteBacks } from './write-backs.ts'

export type Store = ReturnType<typeof openStore>

export interface StoreOptions {
  pool: Pool
  vault: Vault
  /** Writes the job that wakes the next stage, in the store's own transaction. */
  enqueue: Enqueue
  /** Names this process among those that share the database. */
  owner: string
  leaseSeconds: number
}

export function openStore({ pool, vault, enqueue, owner, leaseSeconds }: StoreOptions) {
  const institutions = createInstitutions(pool)
  return {
    acts: createActs(pool),
    agenda: createAgenda(pool),
    answers: createAnswers(pool, vault, institutions),
    approvals: { ...createApprovals(pool, enqueue), ...createApprovalEnds(pool) },
    brakes: createBrakes(pool),
    campaigns: createCampaigns(pool, vault, institutions),
    clock: createClock(pool, institutions),
    contactDays: createContactDays(pool, vault),
    deliveries: createDeliveries(pool, vault),
    doNotContact: createDoNotContact(pool, vault, institutions),
    dropAskings: createDropAskings(pool),
    dropAccounts: createDropAccounts(pool, vault),
    drops: createDrops(pool, vault, institutions, enqueue),
    errata: createErrataLots(pool, vault, enqueue),
    flowChecks: createFlowChecks(pool),
    feeds: createFeeds(pool, institutions),
    flowRelations: createFlowRelations(pool),
    flows: createFlows(pool, vault, institutions, enqueue),
    flowLives: createFlowLives(pool, enqueue),
    installation: createInstallation(pool, enqueue),
    leases: createLeases(pool, owner, leaseSeconds),
    limits: createServiceLimits(pool, institutions),
    mails: createStaffMails(pool, vault),
    messages: createMessages(pool, vault),
    mappedDrops: createMappedDrops(pool),
    missing: createMissing(pool),
    nodes: createNodes(pool),
    noticeDecisions: createNoticeDecisions(pool, vault),
    notices: createNotices(pool, vault),
    otherMessages: createOtherMessages(pool),
    openLot: createLots(pool, vault, institutions, enqueue),
    postponements: createPostponements(pool, vault, enqueue),
    civilTimes: createCivilTimes(pool, enqueue),
    payments: createPaymentNews(pool, institutions),
    pauses: createServicePauses(pool, institutions),
    people: createPeople(pool, institutions),
    progress: createProgress(pool),
    openRun: createCampaignLots(pool, vault, institutions, enqueue),
    openWaiting: createWaitingLots(pool, vault, enqueue),
    receipts: createReceipts(pool, vault),
    redo: createRedo(pool, vault, institutions),
    references: createReferences(pool, vault, institutions, enqueue),
    rests: createRests(pool),
    resolutions: createResolutions(pool, vault, enqueue),
    schedule: createSchedule(pool),
    sessions: createSessions(pool),
    settlements: createSettlements(pool, vault, institutions),
    skippedDays: createSkippedDays(pool, institutions),
    subscriptions: createSubscriptions(pool, vault, institutions),
    systems: createSystems(pool, institutions, enqueue),
    testAnswers: createTestAnswers(pool, vault, enqueue),
    testBatches: createTestBatches(pool, vault, enqueue),
    toldHolds: createToldHolds(pool),
    versions: createMappingVersions(pool, institutions),
    waits: createWaits(pool, enqueue),
    writeBacks: createWriteBacks(pool),
  }
}
