// The simulation's tables beside PostgreSQL: the same random history on both, and the same rows
// after every step. So what is proved in the simulation is proved of the store's rules.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recount } from '../../scripts/recount.ts'
import * as deliveryRows from '../../scripts/simulate/delivery-tables.ts'
import * as flowRows from '../../scripts/simulate/flow-tables.ts'
import { noticeDataOf } from '../../scripts/simulate/letters.ts'
import * as services from '../../scripts/simulate/service-tables.ts'
import * as rows from '../../scripts/simulate/tables.ts'
import { addFlow, INSTITUTION } from '../../scripts/soak/lot-of-letters.ts'
import { afterOutcome } from '../../src/domain/after-outcome.ts'
import type { Decided } from '../../src/domain/decision.ts'
import type { Outcome } from '../../src/domain/outcome.ts'
import type { ServiceLimit } from '../../src/domain/service-limit.ts'
import type { AttemptEnd, ClaimedMessage, MessageEnd } from '../../src/pipeline/send/one.ts'
import type { TrackedMessage, TrackResult } from '../../src/pipeline/track.ts'
import { openSendLog } from '../../src/store/attempts.ts'
import { transaction } from '../../src/store/database.ts'
import { pauseInstallation } from '../../src/store/installation.ts'
import { openSendJournal } from '../../src/store/send-journal.ts'
import { settleNotices } from '../../src/store/settlements.ts'
import { emptyTables } from '../database.ts'
import { now as beginning, type GivenStore, givenStore } from '../store/given.ts'

const ACCOUNT = 'conto'
const SERVICES = ['tributi', 'mensa'] as const
const NOTICES = 3
const FOR_EVER = { lost: new AbortController().signal, isHeld: () => true }

type Step =
  | { kind: 'lease' | 'expire' | 'claim' | 'recover' | 'resend' | 'close' | 'follow' }
  | { kind: 'begin' | 'settle' | 'give-back' | 'hold'; which: number }
  | { kind: 'finish'; which: number; outcome: Outcome }
  | ServiceStep

type ServiceStep =
  | { kind: 'suspend' | 'resume-flow' | 'stop'; flow: number }
  | { kind: 'halt' | 'go-on' }
  | { kind: 'pause' | 'postpone' | 'resume' | 'try'; flow: number }
  | { kind: 'learn' | 'forget'; flow: number; feature: 'amount' | 'payee' }
  | { kind: 'try-limits' }
  | { kind: 'wait'; minutes: number }

const flow = fc.nat(SERVICES.length - 1)
const which = fc.nat(NOTICES * SERVICES.length - 1)
const outcome: fc.Arbitrary<Outcome> = fc.constantFrom<Outcome>(
  { kind: 'accepted', ioId: '01BBBBBBBBBBBBBBBBBBBBBBBB' },
  { kind: 'uncertain', code: 'IO_ANSWER_LOST', detail: 'ECONNRESET' },
  { kind: 'rejected', code: 'IO_PAYLOAD', detail: 'HTTP 400' },
  deferred('message', true),
  deferred('account', false),
  { ...deferred('feature', true), feature: { name: 'payee' } },
)
const kinds = <K extends Step['kind']>(...names: K[]) => fc.constantFrom(...names)
const feature = fc.constantFrom('amount' as const, 'payee' as const)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: kinds('lease', 'lease', 'recover', 'recover', 'expire') }),
  },
  { weight: 9, arbitrary: fc.record({ kind: kinds('claim', 'claim', 'close', 'follow') }) },
  { weight: 1, arbitrary: fc.record({ kind: kinds('resend') }) },
  { weight: 10, arbitrary: fc.record({ kind: kinds('begin'), which }) },
  { weight: 8, arbitrary: fc.record({ kind: kinds('finish'), which, outcome }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: kinds('settle', 'give-back', 'hold', 'hold'), which }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kinds('suspend', 'resume-flow', 'stop'), flow }) },
  { weight: 2, arbitrary: fc.record({ kind: kinds('halt', 'go-on', 'go-on') }) },
  {
    weight: 9,
    arbitrary: fc.record({ kind: kinds('pause', 'postpone', 'resume', 'try', 'try'), flow }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kinds('learn', 'forget'), flow, feature }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('try-limits') }) },
  { weight: 3, arbitrary: fc.record({ kind: kinds('wait'), minutes: fc.nat(200) }) },
) as fc.Arbitrary<Step>

let given: GivenStore
let directory: string
let journal: Awaited<ReturnType<typeof openSendJournal>>
let lives = 0
beforeAll(async () => {
  given = await givenStore()
  directory = await mkdtemp(join(tmpdir(), 'staffetta-tables-'))
  journal = await openSendJournal(given.pool, directory)
})
afterAll(async () => {
  await journal.close()
  await given.close()
  await rm(directory, { recursive: true })
})

const accepted: Outcome = { kind: 'accepted', ioId: '01AAAAAAAAAAAAAAAAAAAAAAAA' }
const beginAll: Step[] = [0, 1, 2, 3, 4, 5].map((n) => ({ kind: 'begin', which: n }))
const finishAll: Step[] = [0, 1, 2, 3, 4, 5].map((n) => ({
  ...{ kind: 'finish', which: n, outcome: accepted },
}))

/** Most of a life is about messages that were claimed. */
const BEGINNING: Step[] = [{ kind: 'lease' }, { kind: 'claim' }]

/** What chance finds seldom. */
const histories: Record<string, Step[]> = {
  'a take-over, and answers that come late': [
    ...beginAll.slice(0, 3),
    ...([{ kind: 'lease' }, { kind: 'recover' }, { kind: 'close' }] as const),
    ...finishAll,
    { kind: 'close' },
  ],
  'a take-over where the feed resends': [
    ...beginAll,
    ...([{ kind: 'lease' }, { kind: 'resend' }] as const),
    ...finishAll,
    { kind: 'close' },
  ],
  'a flow kept back and a notice closed between claim and attempt': [
    ...([
      { kind: 'suspend', flow: 0 },
      { kind: 'settle', which: 4 },
    ] as const),
    ...beginAll,
    ...([
      { kind: 'resume-flow', flow: 0 },
      { kind: 'stop', flow: 1 },
    ] as const),
    ...beginAll,
    ...([{ kind: 'give-back', which: 4 }, { kind: 'lease' }, { kind: 'recover' }] as const),
    { kind: 'claim' },
  ],
  'an errata whose notice is closed, before its claim and after': [
    ...([
      { kind: 'settle', which: 5 },
      { kind: 'begin', which: 5 },
      { kind: 'give-back', which: 2 },
      { kind: 'settle', which: 2 },
      { kind: 'claim' },
    ] as const),
    ...beginAll,
    ...finishAll,
    { kind: 'close' },
  ],
  'a pause, and the message that is let through': [
    ...([{ kind: 'lease' }, { kind: 'recover' }, { kind: 'pause', flow: 0 }] as const),
    ...([{ kind: 'try', flow: 0 }, { kind: 'try', flow: 0 }, { kind: 'claim' }] as const),
    ...beginAll,
    ...([
      { kind: 'postpone', flow: 0 },
      { kind: 'wait', minutes: 90 },
    ] as const),
    ...([{ kind: 'try', flow: 0 }, { kind: 'resume', flow: 0 }, { kind: 'claim' }] as const),
  ],
  'a ceiling, and the smallest message that is tried': [
    ...([
      { kind: 'hold', which: 1 },
      { kind: 'hold', which: 0 },
    ] as const),
    ...([
      { kind: 'learn', flow: 0, feature: 'amount' },
      { kind: 'wait', minutes: 90 },
    ] as const),
    ...([{ kind: 'try-limits' }, { kind: 'claim' }, { kind: 'close' }] as const),
    ...([{ kind: 'forget', flow: 0, feature: 'amount' }, { kind: 'claim' }] as const),
  ],
  'deliveries that are followed, and notices that are paid': [
    ...beginAll,
    ...finishAll,
    ...([{ kind: 'close' }, { kind: 'follow' }, { kind: 'wait', minutes: 5 }] as const),
    ...([{ kind: 'follow' }, { kind: 'wait', minutes: 60 }, { kind: 'follow' }] as const),
  ],
}

test.each(Object.keys(histories))('%s: the same rows in memory and in PostgreSQL', async (name) => {
  await expectSame(histories[name] as Step[])
})

test('random histories leave the same rows in memory and in PostgreSQL', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 40, size: 'max' }), expectSame),
    { numRuns: 40, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
  )
})

async function expectSame(steps: Step[]): Promise<void> {
  const life = await openLife()
  for (const one of [...BEGINNING, ...steps]) {
    const said = { memory: await inMemory(life, one), database: await inDatabase(life, one) }
    expect(said.database, JSON.stringify(one)).toEqual(said.memory)
    expect(await databaseRows(life), JSON.stringify(one)).toEqual(memoryRows(life))
    expect(await recount(given.pool), JSON.stringify(one)).toEqual([])
  }
  await expectCounted(life)
}

/** Before what has changed is folded, and after. */
async function expectCounted({ flows }: Life): Promise<void> {
  const { counts, ...store } = given.store
  const kept = async () => [...(await counts.ofFlows(flows))].map(([, { account }]) => account)
  const counted = await Promise.all(flows.map((id) => store.flows.account(id)))
  expect(await kept()).toEqual(counted)
  await counts.fold()
  expect([await kept(), await counts.hasChanges()]).toEqual([counted, false])
  expect(await recount(given.pool)).toEqual([])
}

interface Life {
  tables: rows.Tables
  now: Temporal.Instant
  token: number
  fence: rows.Fence
  /** Flow ids, one a service, and the messages in the order of their ids. */
  flows: number[]
  messages: number[]
  names: services.ServiceName[]
  /** Attempts begun and not finished, by message. */
  memoryAttempts: Map<number, number>
  databaseAttempts: Map<number, number>
}

/** The same two flows in memory as in the database, which forgets every life before. */
async function openLife(): Promise<Life> {
  const { pool, store, vault } = given
  await emptyTables(
    pool,
    `service_pauses, service_limits, leases, acts, messages, notices, flow_wakes, attempts,
     attempt_outcomes, notice_acts, source_records, counts, count_changes`,
  )
  await pool.query(`update flows set state = 'sent'`)
  await pool.query('update installation set paused_because = null, paused_since = null')
  const tables = rows.emptyTables()
  const flows: number[] = []
  for (const service of SERVICES) {
    lives += 1
    const from = lives * NOTICES
    const id = await addFlow(store, vault, { service, from, count: NOTICES }, beginning)
    const place = { institution: INSTITUTION, feed: service, service, account: ACCOUNT }
    const stands = {
      state: 'active',
      reason: 'approved',
      isSuspended: false,
      isStopped: false,
    } as const
    tables.flows.set(id, { id, ...place, ...stands })
    flows.push(id)
  }
  // One after the other, so that whose turn it is does not depend on chance.
  await pool.query(
    `update messages set send_at = send_at + (id % 1000) * interval '1 millisecond'
     where flow_id = any($1)`,
    [flows],
  )
  // Of each flow the last is an errata: it goes also to a notice that was closed.
  await pool.query(ERRATA, [flows])
  const { rows: found } = await pool.query(FOUND, [flows])
  for (const {
    id,
    flow_id: flowId,
    notice_id: noticeId,
    send_at: sendAt,
    amount,
    purpose,
  } of found) {
    const place = tables.flows.get(flowId) as rows.FlowRow
    const letter = { number: 1, amountCents: amount, hasPayee: false, isPremium: false }
    const told = { id, institution: INSTITUTION, flowId, service: place.service, template: 0 }
    const unused = { institutionId: 1, feed: null, mappingVersionId: 1, textHash: Buffer.of() }
    const timing = { purpose: 'first', campaign: null, dueAt: null, isOneADay: false } as const
    const message = rows.waitingMessage(
      { ...unused, ...timing, ...told, data: noticeDataOf(letter) },
      noticeId,
    )
    tables.notices.set(noticeId, { id: noticeId, state: 'open', flowId })
    tables.messages.set(id, { ...message, purpose, sendAt: sendAt.epochMilliseconds })
  }
  const names = SERVICES.map((service) => ({ institution: INSTITUTION, service }))
  const name = `account/${ACCOUNT}`
  return {
    ...{ tables, flows, names, now: beginning.add({ minutes: 1 }), token: 0 },
    fence: { name, token: 0 },
    messages: found.map(({ id }) => id),
    memoryAttempts: new Map(),
    databaseAttempts: new Map(),
  }
}

const ERRATA = `update messages set purpose = 'errata' where id in
  (select max(id) from messages where flow_id = any($1) group by flow_id)`

const FOUND = `select m.id, m.flow_id, m.notice_id, m.send_at, n.amount_cents as amount, m.purpose
  from messages m join notices n on n.id = m.notice_id where m.flow_id = any($1) order by m.id`

/** What the step answers, and what it does to the tables in memory. */
function inMemory(life: Life, one: Step): unknown {
  const { tables, fence } = life
  const at = life.now.epochMilliseconds
  const id = 'which' in one ? (life.messages[one.which] as number) : 0
  switch (one.kind) {
    case 'lease':
      life.token += 1
      life.fence = { ...fence, token: life.token }
      tables.leases.set(fence.name, { owner: 'x', token: life.token, expiresAt: Infinity })
      return null
    case 'expire': {
      const lease = tables.leases.get(fence.name)
      if (lease) lease.expiresAt = Number.NEGATIVE_INFINITY
      return null
    }
    case 'claim':
      return claimedBy(rows.claim(tables, ACCOUNT, fence, 100, at, 0))
    case 'recover':
      return rows.recover(tables, ACCOUNT, fence, [])
    case 'resend':
      return rows.recover(tables, ACCOUNT, fence, [{ institution: INSTITUTION, feed: 'tributi' }])
    case 'begin': {
      const [attempt = null] = rows.begin(tables, [targetOf(id)], fence, 0)
      if (attempt !== null) life.memoryAttempts.set(id, attempt)
      return attempt !== null
    }
    case 'finish': {
      const attemptId = life.memoryAttempts.get(id)
      if (attemptId === undefined) return null
      rows.finish(tables, [endOf(life, id, attemptId, one.outcome)], fence)
      return null
    }
    case 'give-back':
    case 'hold':
      rows.endClaimed(tables, [endClaimed(id, one.kind)], fence)
      return undefined
    case 'close':
      flowRows.markSending(tables, life.flows)
      return flowRows.closeEnded(tables, ACCOUNT).sort()
    case 'follow':
      return follow(life, deliveryRows.deliveriesDue(tables, ACCOUNT, 100, at), (results) =>
        deliveryRows.recordDeliveries(tables, results),
      )
    case 'settle':
      return deliveryRows.settle(tables, noticeIdOf(life, id), 'settled') ?? null
    default:
      return ofServiceInMemory(life, one)
  }
}

const asked = { actor: 'root', origin: 'cli', note: 'prova' }

function refusalOf(decided: Decided): string | null {
  return decided.kind === 'refused' ? decided.because : null
}

function actOf<K extends 'suspend' | 'resume-flow' | 'stop'>(kind: K) {
  return (kind === 'resume-flow' ? 'resume' : kind) as K extends 'resume-flow' ? 'resume' : K
}

/** Steps that concern a flow, a service or the clock. */
function ofServiceInMemory(life: Life, one: ServiceStep): unknown {
  const { tables } = life
  const at = life.now.epochMilliseconds
  const row = 'flow' in one ? tables.flows.get(life.flows[one.flow] as number) : undefined
  const name = 'flow' in one ? (life.names[one.flow] as services.ServiceName) : life.names[0]!
  switch (one.kind) {
    case 'suspend':
    case 'resume-flow':
    case 'stop':
      return row ? flowRows.decideLife(tables, row, actOf(one.kind)) : null
    case 'halt':
    case 'go-on':
      tables.isHalted = one.kind === 'halt'
      return null
    case 'pause':
      return services.pause(tables, { ...name, code: 'IO_FORBIDDEN' }, at, at)
    case 'postpone':
      return services.postpone(tables, { ...name, code: 'IO_KEY' }, at) ?? null
    case 'resume':
      return services.resume(tables, name, at)
    case 'try':
      return services.choosePauseTrial(tables, name, at)
    case 'learn':
      return services.learn(tables, { ...name, ...limitOf(one.feature) }, at) ?? null
    case 'forget':
      return services.forget(tables, name, one.feature)
    case 'try-limits':
      return services.startLimitTrials(tables, at)
    case 'wait':
      life.now = life.now.add({ minutes: one.minutes })
      return null
  }
}

/** The same in the database. */
async function inDatabase(life: Life, one: Step): Promise<unknown> {
  const { store, pool } = given
  const { now, fence } = life
  const id = 'which' in one ? (life.messages[one.which] as number) : 0
  const lease = { ...fence, ...FOR_EVER }
  const log = openSendLog(pool, journal, ACCOUNT, lease, () => now)
  switch (one.kind) {
    case 'lease':
      await pool.query(TAKE, [fence.name, life.token])
      return null
    case 'expire':
      await pool.query(`update leases set expires_at = '-infinity'`)
      return null
    case 'claim':
      return claimedBy(await store.messages.claim(ACCOUNT, lease, 100, now))
    case 'recover':
      return store.messages.recover(ACCOUNT, lease, [], now)
    case 'resend': {
      const resending = [{ institution: INSTITUTION, feed: 'tributi' }]
      return store.messages.recover(ACCOUNT, lease, resending, now)
    }
    case 'begin': {
      const attempt = await log.begin(targetOf(id))
      if (attempt !== null) life.databaseAttempts.set(id, attempt)
      return attempt !== null
    }
    case 'finish': {
      const attemptId = life.databaseAttempts.get(id)
      if (attemptId === undefined) return null
      await log.finish(endOf(life, id, attemptId, one.outcome))
      return null
    }
    case 'give-back':
    case 'hold':
      return log.end(endClaimed(id, one.kind))
    case 'close':
      await store.flows.sending(life.flows, now)
      return (await store.flows.closeEnded(ACCOUNT, now)).sort()
    case 'follow':
      return follow(life, await store.deliveries.due(ACCOUNT, 100, now), (results) =>
        store.deliveries.record(results, now),
      )
    case 'settle':
      await transaction(pool, (client) => settleNotices(client, [noticeIdOf(life, id)], now))
      return null
    default:
      return ofServiceInDatabase(life, one)
  }
}

async function ofServiceInDatabase(life: Life, one: ServiceStep): Promise<unknown> {
  const { store, pool } = given
  const { now } = life
  const flowId = 'flow' in one ? (life.flows[one.flow] as number) : 0
  const { institution, service } = 'flow' in one ? life.names[one.flow]! : life.names[0]!
  switch (one.kind) {
    case 'suspend':
    case 'resume-flow':
      return refusalOf(await store.flowLives[actOf(one.kind)](flowId, asked, now))
    case 'stop':
      return refusalOf(await store.flowLives.stop(flowId, { ...asked, atMost: null }, now))
    case 'halt':
      await transaction(pool, (tx) => pauseInstallation(tx, 'stopped', now))
      return null
    case 'go-on':
      await store.installation.resume(actAt(now))
      return null
    case 'pause':
      return store.pauses.pause(
        { institution, service, since: now, code: 'IO_FORBIDDEN', detail: '' },
        [],
      )
    case 'postpone':
      await store.pauses.postpone({ institution, service, code: 'IO_KEY', detail: '' }, now)
      return null
    case 'resume':
      return store.pauses.resume(institution, service, actAt(now))
    case 'try':
      return store.pauses.chooseTrial(institution, service, now)
    case 'learn': {
      const limit = { ...limitOf(one.feature), since: now, detail: '' }
      await store.limits.learn({ institution, service, ...limit }, [])
      return null
    }
    case 'forget':
      return store.limits.forget(institution, service, actAt(now), { feature: one.feature })
    case 'try-limits':
      return store.limits.startTrials(now)
    case 'wait':
      return null
  }
}

const TAKE = `insert into leases (name, owner, token, expires_at) values ($1, 'x', $2, 'infinity')
  on conflict (name) do update set token = excluded.token, expires_at = excluded.expires_at`

function actAt(at: Temporal.Instant) {
  return { actor: 'system:test', origin: 'test', at }
}

/** What a person would see of messages, flows and services, in memory. */
function memoryRows({ tables }: Life) {
  const attempts = (id: number) =>
    tables.attempts
      .filter(({ messageId }) => messageId === id)
      .map(({ fence, outcomes }) => [fence, ...outcomes.toSorted()].join(' '))
  const messages = [...tables.messages.values()].map((one) => ({
    ...{ id: one.id, state: one.state, fence: one.fence, tries: one.attempts, code: one.code },
    ...{ sendAt: one.sendAt, ioId: one.ioId, delivery: one.delivery, trackAt: one.trackAt },
    ...{ tracked: one.tracked, answers: one.answers, attempts: attempts(one.id) },
  }))
  const flows = [...tables.flows.values()].map(({ id, state, reason }) => ({ id, state, reason }))
  const pauses = tables.pauses.map(({ institution: _, ...one }) => one)
  const limits = tables.limits.map(({ institution: _, ...one }) => one)
  return { messages, flows, pauses: bySaid(pauses), limits: bySaid(limits) }
}

async function databaseRows({ flows }: Life) {
  const ask = async (sql: string) => (await given.pool.query(sql, [flows])).rows
  const numbers = (row: Record<string, unknown>) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        value instanceof Temporal.Instant ? value.epochMilliseconds : value,
      ]),
    )
  const messages = await ask(`select id, state, fence, attempts as tries, code, send_at as "sendAt",
      io_id as "ioId", delivery, track_at as "trackAt", tracked, answers,
      array(select concat_ws(' ', a.fence, (select string_agg(o.outcome, ' ' order by o.outcome)
          from attempt_outcomes o where o.attempt_id = a.id))
        from attempts a where a.message_id = m.id order by a.id) as attempts
    from messages m where flow_id = any($1) order by id`)
  const pauses = await ask(`select service, code, tries, try_at as "tryAt",
    trial_message_id as "trialId" from service_pauses where $1::bigint[] is not null`)
  const limits = await ask(`select service, feature, maximum_cents as "maximumCents", tries,
    try_at as "tryAt", trial_message_id as "trialId" from service_limits
    where $1::bigint[] is not null`)
  return {
    messages: messages.map(numbers),
    flows: await ask('select id, state, reason from flows where id = any($1) order by id'),
    pauses: bySaid(pauses.map(numbers)),
    limits: bySaid(limits.map(numbers)),
  }
}

function bySaid<T extends object>(all: T[]): T[] {
  return all.toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
}

function claimedBy(claimed: ClaimedMessage[]) {
  return claimed
    .map(({ id, attempts, trial, limits }) => ({
      id,
      attempts,
      trial,
      limits: bySaid([...limits]),
    }))
    .sort((one, other) => one.id - other.id)
}

function targetOf(messageId: number) {
  return { messageId, institutionId: 1, flowId: 0, service: 'x' }
}

function endOf(life: Life, messageId: number, attemptId: number, said: Outcome): AttemptEnd {
  const { now: at } = life
  const context = { now: at, attempts: 1, firstStatusCheckSeconds: 60 }
  const after = afterOutcome(said, { ...context, whenUncertain: 'hold' })
  return { ...after, attemptId, messageId, institutionId: 1, outcome: said, httpStatus: null, at }
}

function endClaimed(id: number, as: 'give-back' | 'hold'): MessageEnd {
  const held = { state: 'held', code: 'IO_AMOUNT_CEILING' } as const
  const waiting = { state: 'waiting', code: null } as const
  return { id, ...(as === 'hold' ? held : waiting), detail: null, sendAt: null }
}

function noticeIdOf({ tables }: Life, id: number): number {
  return tables.messages.get(id)?.noticeId as number
}

function limitOf(feature: 'amount' | 'payee'): ServiceLimit {
  return { feature, maximumCents: feature === 'amount' ? 1_500 : null }
}

/** Records what IO says of each: processed, rejected, paid, or nothing new. */
async function follow(
  life: Life,
  due: TrackedMessage[],
  record: (results: TrackResult[]) => Promise<void> | void,
): Promise<number[]> {
  const results = due.map((message): TrackResult => {
    const { id, answers } = message
    const trackAt = life.now.add({ minutes: 30 })
    const said = { ioStatus: 'X', read: null, paid: id % 5 === 0, code: null }
    if (id % 3 === 0) return { id, asked: id % 2 === 0, found: null, answers: answers + 1, trackAt }
    const delivery = id % 3 === 1 ? ('processed' as const) : ('rejected' as const)
    return { id, asked: true, found: { ...said, delivery }, answers: 0, trackAt: null }
  })
  await record(results)
  return due.map(({ id }) => id).sort()
}

function deferred(scope: 'message' | 'account' | 'feature', counts: boolean) {
  const said = { code: 'IO_RATE', detail: 'HTTP 429', retryAfterSeconds: null }
  return { kind: 'deferred' as const, scope, counts, ...said }
}
