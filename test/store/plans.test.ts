import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Selection } from '../../src/domain/campaign.ts'
import type { CampaignQuery } from '../../src/pipeline/plan/campaign.ts'
import type { Pool } from '../../src/store/database.ts'
import type { Lease } from '../../src/store/leases.ts'
import { noFilter } from '../../src/store/message-filter.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { readsOf, type TableRead } from './explained.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'
import { addFlow } from './given-messages.ts'

const FLOWS = 2_000
const NOTICES_A_FLOW = 40
/** Of each notice. */
const REMINDERS = 3
const PENDING = FLOWS * NOTICES_A_FLOW * REMINDERS
const DUE = 40
const TOLD = 10_000
/** Messages that IO is to be asked about, of another account and of a paused service each. */
const BACKLOG = 10_000
const CONTACTED = 20_000
const SESSIONS = 10_000
const LIMIT = 30
const ACCOUNT = 'esempio'
/** The last days of which reminders are due: one a flow and day. */
const DAYS = 700
/** Every flow of these is of the feed that a campaign is about. */
const CANTEEN_EVERY = 40

let given: GivenStore
let dueFlow = 0
/** The last message of the flow that is due. */
let lastOfDue = 0
let token = ''
/** The last of the many that was stopped. */
let stoppedFlow = 0

/** Two years of reminders in released flows, each with its notice, and one flow that is due. */
beforeAll(async () => {
  given = await givenStore()
  const { pool } = given
  const one = await addFlow(given, { messages: 1, sendAt: now.add({ hours: 20_000 }) })
  await pool.query(`insert into series (institution_id, name) values (1, 'bollette')`)
  await pool.query(
    `insert into mapping_versions (institution_id, name, sha256, spec, first_used_at)
     select 1, name, name::bytea, '{"mapping": {"reminders": []}}', $1
     from unnest(array['bollette', 'mensa']) as t (name)`,
    [now.toString()],
  )
  await pool.query(
    `insert into flows (institution_id, feed, origin, service, account, state, zone,
       calendar_version, created_at, released_at, mapping_version_id)
     select institution_id, case when n % $3 = 0 then 'mensa' else 'bollette' end, 'drop', service,
       account, 'sent', zone, calendar_version, created_at, released_at,
       case when n % $3 = 0 then 2 else 1 end
     from flows, generate_series(1, $2::int) n where id = $1`,
    [one, FLOWS, CANTEEN_EVERY],
  )
  await pool.query(
    `insert into notices (id, institution_id, series_id, key_hash, state, flow_id,
       mapping_version_id, service, content_hash, matter_hash, fiscal_code_hash,
       notice_number_hash, due_at, amount_cents, emission, sealed, created_at, changed_at)
     select f.id * 1000 + n, 1, 1, int8send(f.id * 1000 + n), 'open', f.id, f.mapping_version_id,
       f.service, '', '', int8send(f.id * 1000 + n), int8send(f.id * 1000 + n),
       $1::timestamptz + f.id % $3 * interval '1 day', 1000, 'emission ' || f.id / 10,
       repeat('s', 300)::bytea, $1, $1
     from flows f, generate_series(1, $2::int) n where f.feed is not null`,
    [now.add({ hours: 1_000 }).toString(), NOTICES_A_FLOW, DAYS],
  )
  await pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at,
       civil_at, state, text_hash, due_at, one_a_day)
     select n.id * 10 + r, 1, n.flow_id, n.id, 'reminder', r, n.due_at - (4 - r) * interval '7 days',
       n.due_at at time zone 'Europe/Rome', 'waiting', '', n.due_at, r < $1
     from notices n, generate_series(1, $1::int) r where n.emission is not null`,
    [REMINDERS],
  )
  await pool.query(
    `insert into flow_wakes (flow_id, account, at)
     select flow_id, $1, min(send_at) from messages group by flow_id`,
    [ACCOUNT],
  )
  dueFlow = await addFlow(given, { messages: DUE })
  await repeatBills()
  lastOfDue = await given.count('select max(id) from messages where flow_id = $1', dueFlow)
  await addSessions()
  await addTold(one)
  await addBacklog('altro', 'tributi')
  await addBacklog(ACCOUNT, 'sospeso')
  await pool.query(
    `insert into service_pauses (institution_id, service, code, detail, since, try_at)
     values (1, 'sospeso', 'IO_KEY', '', $1, $1)`,
    [now.toString()],
  )
  await pool.query(
    `insert into contact_days (institution_id, fiscal_code_hash, day, message_id)
     select 1, int8send(n), $1, -n from generate_series(1, $2::int) n`,
    ['2026-03-01', CONTACTED],
  )
}, 120_000)
afterAll(() => given.close())

/** One of them can be found by its token. */
async function addSessions(): Promise<void> {
  const person = { login: 'ced', name: 'ced', email: null, grants: [] }
  const id = await given.store.people.add(person, now)
  token = await given.store.sessions.open(id, { address: '127.0.0.1', agent: '' }, now)
  await given.pool.query(
    `insert into sessions (token_hash, person_id, csrf, created_at, seen_at, proved_at, address,
       agent) select int8send(n), $1, '', $2, $2, $2, '', '' from generate_series(1, $3::int) n`,
    [id, now.toString(), SESSIONS],
  )
}

/** The flow that is due has bills of another one. */
async function repeatBills(): Promise<void> {
  await given.pool.query(
    `with others as (
       select *, row_number() over (order by id) as n from notices where emission = 'emission 9'),
     own as (select id, row_number() over (order by id) as n from notices where flow_id = $1)
     update notices n set notice_number_hash = others.notice_number_hash,
       fiscal_code_hash = others.fiscal_code_hash, service = others.service
     from own join others using (n) where n.id = own.id`,
    [dueFlow],
  )
}

/** A flow that is all but told: of its many messages IO has still one to process. */
async function addTold(like: number): Promise<void> {
  const { rows } = await given.pool.query<{ id: number }>(
    `with drop as (
       insert into drops (institution_id, feed, key, state, received_at, mapped_at, bytes, sha256)
       values (1, 'mensa', 'told', 'mapped', $2, $2, 0, '') returning id)
     insert into flows (institution_id, feed, drop_id, origin, service, account, state, zone,
       calendar_version, created_at, released_at, tells, telling)
     select f.institution_id, 'mensa', drop.id, 'drop', f.service, f.account, 'incomplete', f.zone,
       f.calendar_version, $2, $2, '{source}', '{source}'
     from flows f, drop where f.id = $1 returning id`,
    [like, now.toString()],
  )
  await given.pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at, state,
       text_hash, delivery, account, service, track_at)
     select -n, 1, $1, -n, 'first', 0, $2, 'sent', '',
       case when n = $3 then 'accepted' else 'processed' end, $4, 'mensa',
       case when n = $3 then $2::timestamptz end
     from generate_series(1, $3::int) n`,
    [rows[0]?.id, now.toString(), TOLD, ACCOUNT],
  )
}

/** What was accepted and not asked about for long. */
async function addBacklog(account: string, service: string): Promise<void> {
  await given.pool.query(
    `insert into messages (id, institution_id, flow_id, notice_id, purpose, template, send_at, state,
       text_hash, delivery, account, service, track_at)
     select -abs(hashtextextended($3 || n, 0)), 1, 0, 0, 'first', 0, $1, 'sent', '', 'accepted', $2, $3,
       $1::timestamptz - n * interval '1 second'
     from generate_series(1, $4::int) n`,
    [now.toString(), account, service, BACKLOG],
  )
}

function storeOver(pool: Pool): Store {
  const enqueue = async () => {}
  return openStore({ pool, vault: given.vault, enqueue, owner: 'plans', leaseSeconds: 60 })
}

const held = <T>(store: Store, work: (lease: Lease) => Promise<T>) =>
  store.leases.hold(`account/${ACCOUNT}`, work)

const inDays = (days: number) => now.add({ hours: 24 * days })
const everything = { institution: comune, feed: null, service: null, emission: null }

const overdue: Selection = {
  feeds: ['mensa'],
  made: { from: null, before: null },
  due: { from: null, before: inDays(120) },
  amount: { from: null, to: null },
  emission: null,
  unpaid: true,
  unread: false,
}

const campaign: CampaignQuery = {
  institution: comune,
  campaign: 'mensa-non-pagata',
  mapping: 'mensa',
  selection: overdue,
  perRecipient: 'one',
  isLive: true,
  againAfter: inDays(-30),
}

const act = { actor: 'root', origin: 'cli', note: 'withdrawn' }

/** Large tables: who reads these one by one reads what years have left. */
const large = [
  ...['messages', 'notices', 'source_records', 'attempts', 'contact_days'],
  ...['counts', 'count_changes', 'sessions'],
]

type Statement = [what: string, most: number, work: (store: Store) => Promise<unknown>]

/** What the sender asks every few seconds, or for every message. */
const steady: Statement[] = [
  ['the sweep for accounts with work', 10, (store) => store.messages.accountsWithWork(now)],
  [
    'a claim',
    15 * LIMIT,
    async (store) => {
      const claimed = held(store, (lease) => store.messages.claim(ACCOUNT, lease, LIMIT, now))
      expect(await claimed).toHaveLength(LIMIT)
    },
  ],
  [
    'what is put off while a feed is closed',
    4 * DUE,
    (store) =>
      held(store, (lease) => {
        const closed = { institution: comune, feed: null, campaign: null, opensAt: inDays(1) }
        return store.messages.deferClosed(ACCOUNT, lease, [closed], now)
      }),
  ],
  [
    'the recovery of what another left behind',
    4 * LIMIT,
    (store) => held(store, (lease) => store.messages.recover(ACCOUNT, lease, [], now)),
  ],
  ['the closing of flows that have ended', 100, (store) => store.flows.closeEnded(ACCOUNT, now)],
  ['what IO is to be asked about', 10, (store) => store.deliveries.due(ACCOUNT, LIMIT, now)],
  ['the next instant at which something is due', 10, (store) => store.agenda.next(now)],
  [
    'the taking of days',
    10,
    (store) => {
      const day = now.toZonedDateTimeISO('Europe/Rome').toPlainDate()
      const wish = { messageId: 1, institutionId: 1, fiscalCode: 'AAAAAA00A00A000A', day }
      return store.contactDays.take([wish])
    },
  ],
  ['the next message of a notice', 20, (store) => store.contactDays.nextOf([1, 2, 3])],
  [
    'what was written to a citizen today',
    40,
    (store) =>
      store.writings.today(
        {
          institution: comune,
          service: 'tari',
          fiscalCode: 'AAAAAA00A00A000A',
          noticeNumber: null,
        },
        now,
      ),
  ],
  ['what overtakes a message', 40, (store) => store.otherMessages.find([1, 2, 3], now)],
  [
    'what is held for payments, and its release',
    10,
    async (store) => {
      await store.payments.held()
      await store.payments.release([{ institution: comune, feed: 'mensa', campaign: null }], now)
    },
  ],
  [
    'approvals that end, and what waits for one',
    20,
    async (store) => {
      const mail = () => ({ recipients: [], subject: '', body: '' })
      await store.approvals.expire({ expired: mail, ending: mail }, now)
      await store.approvals.releaseDue(now)
      await store.approvals.waiting({ institution: null, feed: null, limit: LIMIT })
    },
  ],
  [
    'the look at a flow before it leaves',
    40 * DUE,
    async (store) => {
      const facts = await store.flowChecks.facts(dueFlow, now)
      expect(facts.messages).toBe(DUE)
    },
  ],
  [
    'flows that wait though nothing of them is left',
    10,
    async (store) => expect(await store.flowChecks.emptied(LIMIT)).toEqual([]),
  ],
  ['what is kept back of what is claimed', 10, (store) => store.flowLives.keptBack([dueFlow])],
  [
    'the end of a flow that is stopped',
    20 * NOTICES_A_FLOW * REMINDERS,
    async (store) => {
      stoppedFlow = (stoppedFlow || dueFlow) - 1
      const stopped = await store.flowLives.stop(stoppedFlow, { ...act, atMost: null }, now)
      expect(stopped).toMatchObject({ kind: 'done', cancelled: NOTICES_A_FLOW * REMINDERS })
      expect(await store.flowLives.finishStops(now)).toBe(0)
    },
  ],
  ['what waits for a person', 10, (store) => store.toldHolds.tell(() => [], now)],
  ['how fresh payments are', 10, (store) => store.payments.of(comune, 'mensa')],
]

const scope = { institution: comune, services: ['tari'] }
const newest = { before: null, after: null }
const nobody = 'BBBBBB00B00B000B'

/** What every page of the console asks, and what many people ask at once. */
const shown: Statement[] = [
  [
    'a person by their fiscal code',
    10,
    async (store) => {
      const asked = { ...noFilter, fiscalCode: nobody }
      expect(await store.messageList.page(scope, asked, newest, LIMIT)).toEqual({ found: [] })
    },
  ],
  [
    'a person by their document, customer code or notice number',
    10,
    async (store) => {
      for (const name of ['document', 'customer', 'noticeNumber']) {
        const asked = { ...noFilter, [name]: '301000000000000001' }
        expect(await store.messageList.page(scope, asked, newest, LIMIT)).toEqual({ found: [] })
      }
    },
  ],
  [
    'a page of a flow and a state',
    4 * LIMIT,
    async (store) => {
      const asked = { ...noFilter, flow: dueFlow, stand: 'waiting' } as const
      const { found } = await store.messageList.page(scope, asked, newest, LIMIT)
      expect(found).toHaveLength(LIMIT)
    },
  ],
  [
    'a later page of a flow, whatever the state',
    8 * LIMIT,
    async (store) => {
      const asked = { ...noFilter, flow: dueFlow }
      const later = { before: lastOfDue, after: null }
      const { found } = await store.messageList.page(scope, asked, later, LIMIT)
      expect(found).toHaveLength(LIMIT)
    },
  ],
  [
    'the counts of flows',
    100,
    async (store) => {
      const counts = await store.counts.ofFlows([dueFlow, dueFlow - 1])
      expect(counts.get(dueFlow)?.account.waiting).toBe(DUE)
    },
  ],
  [
    'what there is to do',
    10,
    async (store) => {
      const all = { approvals: null, messages: null }
      expect(await store.toDo.of(comune, all)).toEqual({ approvals: 0, uncertain: 0, held: 0 })
      await store.toDo.of(comune, { approvals: ['tari'], messages: ['tari'] })
      await store.toDo.kept(comune, ['tari'])
    },
  ],
  [
    'what is being sent',
    10,
    async (store) => {
      await store.underWay.of(comune, ['tari'])
      expect(await store.underWay.inFlight()).toBe(0)
    },
  ],
  [
    'approvals of the services that somebody may see',
    10,
    (store) =>
      store.approvals.waiting({ institution: comune, feed: null, limit: 1, services: ['tari'] }),
  ],
  ['how the installation is', 10, (store) => store.systemState.read(now)],
  [
    'whose session it is',
    10,
    async (store) => expect((await store.sessions.find(token, now))?.person.login).toBe('ced'),
  ],
]

/** What is asked now and then, or by people. */
const seldom: Statement[] = [
  [
    'a page far behind in all that waits',
    4 * LIMIT,
    async (store) => {
      const behind = { before: lastOfDue, after: null }
      const { found } = await store.messageList.page(scope, noFilter, behind, LIMIT)
      expect(found).toHaveLength(LIMIT)
    },
  ],
  [
    'the selection of a campaign',
    // Its notices that are due by then, and for each of them its messages, twice.
    20 * ((FLOWS / CANTEEN_EVERY) * NOTICES_A_FLOW),
    (store) => store.campaigns.look(campaign, async () => {}),
  ],
  [
    'the schedule of a month',
    (PENDING * 40) / DAYS,
    (store) =>
      store.schedule.lots(
        everything,
        now,
        Array.from({ length: 31 }, (_, day) => inDays(day)),
      ),
  ],
  [
    'the schedule of an emission',
    40 * NOTICES_A_FLOW * REMINDERS,
    (store) =>
      store.schedule.lots({ ...everything, emission: 'emission 7' }, now, [now, inDays(400)]),
  ],
  [
    'the instants of a day',
    (PENDING * 10) / DAYS,
    (store) => store.schedule.instants(everything, inDays(100), inDays(101)),
  ],
  [
    'a day that a person skips',
    (PENDING * 20) / DAYS,
    async (store) => {
      const all = { ...everything, campaign: null }
      const date = Temporal.PlainDate.from('2030-01-01')
      const day = { date, from: inDays(100), to: inDays(101) }
      const { reminders } = await store.skippedDays.count(all, day)
      expect(reminders).toBeGreaterThan(0)
      expect((await store.skippedDays.skip(all, day, [], act, now)).messages).toBe(reminders)
    },
  ],
  ['what will not leave', 100, (store) => store.schedule.unsent(everything, now, inDays(30))],
  [
    'what a person ends by its emission',
    60 * NOTICES_A_FLOW * REMINDERS,
    async (store) => {
      const name = { by: 'emission', emission: 'emission 20' } as const
      const filter = { name, institution: comune, series: null }
      await store.noticeDecisions.count(filter)
      const { closed } = await store.noticeDecisions.close(filter, 'cancelled', act, now)
      expect(closed).toBe(10 * NOTICES_A_FLOW)
    },
  ],
  [
    'putting somebody on the list of those not to be written to',
    10,
    (store) => store.doNotContact.block(comune, ['AAAAAA00A00A000A'], act, now),
  ],
  [
    'reports that are due',
    10,
    (store) => {
      const terms = { institution: comune, feed: 'mensa', target: 'source', reportAfterHours: 72 }
      return store.writeBacks.due([terms], now)
    },
  ],
  ['mails that wait', 10, (store) => store.mails.waiting(10)],
  [
    'whom an errata goes to',
    40 * DUE,
    async (store) => {
      const place = { institution: comune, service: 'tributi', origin: 'drop' } as const
      await store.errata.look({ id: dueFlow, ...place, state: 'sent' }, async ({ reached }) => {
        for await (const batch of reached()) expect(batch).not.toEqual([])
      })
      await store.flowRelations.of(dueFlow)
    },
  ],
]

async function keepsToItsRows(most: number, work: (store: Store) => Promise<unknown>) {
  const reads = await readsOf(given.pool, (pool) => work(storeOver(pool)))
  const ofLarge = reads.filter(({ table }) => large.includes(table))
  expect(ofLarge.filter(isWalked)).toEqual([])
  const rows = ofLarge.reduce((sum, read) => sum + read.rows, 0)
  expect(rows, JSON.stringify(ofLarge)).toBeLessThanOrEqual(most)
}

/** A table without rows is walked whatever is asked of it. */
function isWalked({ node, rows }: TableRead): boolean {
  return node === 'Seq Scan' && rows > 0
}

const said = '%s reads at most %i rows, and walks no large table'

describe(`with ${PENDING} reminders pending in ${FLOWS} flows`, () => {
  describe('that the planner has not counted,', () => {
    it.each([...shown, ...steady])(said, (_, most, work) => keepsToItsRows(most, work))
  })
  describe('once the planner has counted them,', () => {
    beforeAll(async () => {
      await given.pool.query(
        `update messages set state = 'waiting', send_at = $2 where flow_id = $1`,
        [dueFlow, now.toString()],
      )
      await given.pool.query('analyze')
    })
    it.each([...shown, ...steady, ...seldom])(said, (_, most, work) => keepsToItsRows(most, work))
  })
})

it('a statement that walks a table is seen to', async () => {
  const reads = await readsOf(given.pool, (pool) =>
    pool.query(`select count(*) from messages where text_hash = 'x'`),
  )
  expect(reads.filter(isWalked)).not.toEqual([])
})
