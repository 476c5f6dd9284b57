// The store: every aggregate over one pool and one vault. Opened by the composition root; each file
// beside this one holds one aggregate with its SQL.
import { createActChain } from './act-chain.ts'
import { createActs } from './acts.ts'
import { createAgenda } from './agenda.ts'
import { createAnswers } from './answers.ts'
import { createApiRequests } from './api-requests.ts'
import { createApiTokens } from './api-tokens.ts'
import { createApprovalEnds } from './approval-ends.ts'
import { createApprovals } from './approvals.ts'
import { createBrakes } from './brakes.ts'
import { createCampaignLots } from './campaign-lots.ts'
import { createCampaigns } from './campaigns.ts'
import { createCivilTimes } from './civil-times.ts'
import { createClock } from './clock.ts'
import { createContactDays } from './contact-days.ts'
import { createCorrectionLots } from './correction-lots.ts'
import { createCorrections } from './corrections.ts'
import { createCounts } from './counts.ts'
import { createCredentials } from './credentials.ts'
import type { Pool } from './database.ts'
import { createDeliveries } from './deliveries.ts'
import { createDoNotContact } from './do-not-contact.ts'
import { createDrafts } from './drafts.ts'
import { createDropAccounts } from './drop-accounts.ts'
import { createDropAskings } from './drop-askings.ts'
import { createDrops } from './drops.ts'
import { createErrataLots } from './errata-lots.ts'
import { createFeedNews } from './feed-news.ts'
import { createFeeds } from './feeds.ts'
import { createFlowAmounts } from './flow-amounts.ts'
import { createFlowChecks } from './flow-checks.ts'
import { createFlowLives } from './flow-life.ts'
import { createFlowList } from './flow-list.ts'
import { createFlowRecords } from './flow-records.ts'
import { createFlowRelations } from './flow-relations.ts'
import { createFlows } from './flows.ts'
import { createInstallation } from './installation.ts'
import { createInstitutions, type Institutions } from './institutions.ts'
import { createLeases } from './leases.ts'
import { createLots } from './lots.ts'
import { createMappedDrops } from './mapped-drops.ts'
import { createMappingVersions } from './mapping-versions.ts'
import { createMessageList } from './message-list.ts'
import { createMessageView } from './message-view.ts'
import { createMessages } from './messages.ts'
import { createMissing } from './missing.ts'
import { createMovedDays } from './moved-days.ts'
import { createNodes } from './nodes.ts'
import { createNoticeDecisions } from './notice-decisions.ts'
import { createNotices } from './notices.ts'
import { createOpenQuestions } from './open-questions.ts'
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
import { createSearches } from './searches.ts'
import { createServiceLimits } from './service-limits.ts'
import { createServicePauses } from './service-pauses.ts'
import { createSessions } from './sessions.ts'
import { createSettlements } from './settlements.ts'
import { createSignIns } from './sign-ins.ts'
import { createSkippedDays } from './skipped-days.ts'
import { createStaffMails } from './staff-mails.ts'
import { createSubscriptions } from './subscriptions.ts'
import { createSystemState } from './system-state.ts'
import { createSystems } from './systems.ts'
import { createTakenLinks } from './taken-links.ts'
import { createTestAnswers } from './test-answers.ts'
import { createTestBatches } from './test-batches.ts'
import { createToDo } from './to-do.ts'
import { createToldHolds } from './told-holds.ts'
import { createUnderWay } from './under-way.ts'
import type { Vault } from './vault.ts'
import { createWaitingLots } from './waiting-lots.ts'
import { createWaits } from './waits.ts'
import type { Enqueue } from './wake.ts'
import { createWriteBacks } from './write-backs.ts'
import { createWritings } from './writings.ts'

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
    ...openDeskStore(pool, vault, institutions, enqueue),
    actChain: createActChain(pool),
    acts: createActs(pool, institutions),
    agenda: createAgenda(pool),
    apiRequests: createApiRequests(pool, vault, institutions),
    apiTokens: createApiTokens(pool, institutions),
    answers: createAnswers(pool, vault, institutions),
    approvals: { ...createApprovals(pool, enqueue), ...createApprovalEnds(pool) },
    brakes: createBrakes(pool),
    campaigns: createCampaigns(pool, vault, institutions),
    clock: createClock(pool, institutions),
    contactDays: createContactDays(pool, vault),
    counts: createCounts(pool),
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
    progress: createProgress(pool),
    openRun: createCampaignLots(pool, vault, institutions, enqueue),
    openWaiting: createWaitingLots(pool, vault, enqueue),
    receipts: createReceipts(pool, vault),
    redo: createRedo(pool, vault, institutions),
    references: createReferences(pool, vault, institutions, enqueue),
    rests: createRests(pool),
    resolutions: createResolutions(pool, vault, enqueue),
    schedule: createSchedule(pool),
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

/** What people at their desks look up and write down, and who they are. */
function openDeskStore(pool: Pool, vault: Vault, institutions: Institutions, enqueue: Enqueue) {
  return {
    corrections: createCorrections(pool, vault),
    credentials: createCredentials(pool, vault),
    drafts: createDrafts(pool, vault, institutions),
    feedNews: createFeedNews(pool, institutions),
    flowAmounts: createFlowAmounts(pool),
    flowList: createFlowList(pool),
    flowRecords: createFlowRecords(pool),
    messageList: createMessageList(pool, vault, institutions),
    messageView: createMessageView(pool, vault),
    movedDays: createMovedDays(pool, enqueue),
    openQuestions: createOpenQuestions(pool, vault),
    openCorrectionLot: createCorrectionLots(pool, vault, institutions, enqueue),
    people: createPeople(pool, institutions, vault),
    searches: createSearches(pool, vault, institutions),
    sessions: createSessions(pool),
    signIns: createSignIns(pool, vault),
    systemState: createSystemState(pool),
    takenLinks: createTakenLinks(pool, institutions),
    toDo: createToDo(pool, institutions),
    underWay: createUnderWay(pool, institutions),
    writings: createWritings(pool, vault, institutions),
  }
}
