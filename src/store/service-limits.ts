// What services may not send, as IO's refusals have taught: ceilings of the amount, features that a
// key lacks. One row and one mail a service and cause, however many messages are concerned. They
// are held, and come back together when the limit is forgotten.
import { holdCodeOf, nextLimitTry, type ServiceLimit } from '../domain/service-limit.ts'
import { addServiceAct, type ServiceAct } from './acts.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { OWN, recloseFlows } from './flow-ends.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'

export interface LearntLimit extends ServiceLimit {
  institution: string
  service: string
  since: Temporal.Instant
  /** What IO said, without a person's data. */
  detail: string
}

export interface ForgetOptions {
  /** Null: all that was learnt of the service. */
  feature?: ServiceLimit['feature'] | null
  /** Who is told by mail; nobody, where a person of theirs says so. */
  notify?: readonly string[]
}

export type ServiceLimits = ReturnType<typeof createServiceLimits>

export function createServiceLimits(pool: Pool, institutions: Institutions) {
  return {
    /**
     * Remembers a limit; true when it is new, and staff has been told. A known one only narrows:
     * the lowest refused amount counts.
     */
    async learn(limit: LearntLimit, notify: readonly string[]): Promise<boolean> {
      const institutionId = await institutions.idOf(limit.institution)
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ fresh: boolean }>(LEARN, [
          institutionId,
          limit.service,
          limit.feature,
          limit.maximumCents,
          limit.since.toString(),
          limit.detail,
          limit.feature === 'amount' ? nextLimitTry(0, limit.since).toString() : null,
        ])
        const fresh = rows[0]?.fresh === true
        if (fresh) {
          const concerned = await countConcerned(client, institutionId, limit)
          await addStaffMail(
            client,
            institutionId,
            limitMail(limit, concerned, notify),
            limit.since,
          )
        }
        return fresh
      })
    },

    /** Oldest first. */
    async list(): Promise<LearntLimit[]> {
      const { rows } = await pool.query<LearntLimit>(
        `select i.name as institution, l.service, l.feature, l.maximum_cents as "maximumCents",
           l.since, l.detail
         from service_limits l join institutions i on i.id = l.institution_id order by l.since`,
      )
      return rows
    },

    /**
     * Forgets what was learnt of a service (of a `feature` alone, where one is given) and puts the
     * messages that were held for it back to waiting, with an act. Answers how many. A limit that
     * still stands is learnt anew from the first of them.
     */
    async forget(
      institution: string,
      service: string,
      act: ServiceAct,
      { feature = null, notify = [] }: ForgetOptions = {},
    ): Promise<number> {
      const institutionId = await institutions.idOf(institution)
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ feature: ServiceLimit['feature'] }>(
          `delete from service_limits where institution_id = $1 and service = $2
             and ($3::text is null or feature = $3) returning feature`,
          [institutionId, service, feature],
        )
        if (rows.length === 0) return 0
        const codes = rows.map((row) => holdCodeOf({ ...row, maximumCents: null }))
        const { rows: flows } = await client.query<{ id: number; n: number }>(RELEASE_HELD, [
          institutionId,
          service,
          codes,
        ])
        await recloseFlows(
          client,
          flows.map(({ id }) => id),
          act.at,
        )
        const released = flows.reduce((sum, { n }) => sum + n, 0)
        const verb = 'resumed'
        await addServiceAct(client, institutionId, service, { ...act, verb, detail: { released } })
        await addStaffMail(client, institutionId, forgetMail(service, released, notify), act.at)
        return released
      })
    },

    /**
     * Lets the smallest held message of each ceiling that is due for it through: it alone tells
     * whether the ceiling has been raised. Answers how many.
     */
    async startTrials(now: Temporal.Instant): Promise<number> {
      return transaction(pool, async (client) => {
        const { rows } = await client.query<TrialRow>(DUE_TRIALS, [now.toString()])
        for (const row of rows) {
          const tryAt = nextLimitTry(row.tries + 1, now).toString()
          const { institution_id, service } = row
          const values = [institution_id, service, now.toString(), tryAt]
          const { rows: flows } = await client.query<{ id: number }>(START_TRIAL, values)
          await recloseFlows(
            client,
            flows.map(({ id }) => id),
            now,
          )
        }
        return rows.length
      })
    },
  }
}

interface TrialRow {
  institution_id: number
  service: string
  tries: number
}

const LEARN = `
  insert into service_limits as l (institution_id, service, feature, maximum_cents, since, detail,
    try_at)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (institution_id, service, feature) do update set trial_message_id = null,
    maximum_cents = least(l.maximum_cents, excluded.maximum_cents)
  returning xmax = 0 as fresh`

const HELD = `select m.id, m.flow_id, m.notice_id from flows f
  join messages m on m.flow_id = f.id and m.state = 'held'
  where f.institution_id = $1 and f.service = $2`

const RELEASE_HELD = `
  with released as (
    update messages m set state = 'waiting', code = null, detail = null
    where m.id in (select h.id from (${HELD} and m.code = any($3)) h) and m.state = 'held'
    returning m.flow_id)
  select flow_id as id, count(*) as n from released group by flow_id`

const DUE_TRIALS = `select institution_id, service, tries from service_limits
  where feature = 'amount' and try_at <= $1 for update skip locked`

/** The try is counted whether or not a message is there for it. */
const START_TRIAL = `
  with chosen as (
    select h.id from (${HELD} and m.code = 'IO_AMOUNT_CEILING') h join notices n on n.id = h.notice_id
    order by n.amount_cents limit 1),
  released as (
    update messages m set state = 'waiting', send_at = $3 from chosen
    where m.id = chosen.id and m.state = 'held' returning m.id, m.flow_id),
  tried as (
    update service_limits set tries = tries + 1, try_at = $4,
      trial_message_id = (select id from released)
    where institution_id = $1 and service = $2 and feature = 'amount')
  select flow_id as id from released`

/** Messages that are counted for the mail at most; more are said to be "at least" so many. */
const MOST_COUNTED = 100_000

/** Waiting first messages above the ceiling; of a feature only the refused one is known. */
async function countConcerned(
  client: Client,
  institutionId: number,
  { service, maximumCents }: LearntLimit,
): Promise<number> {
  if (maximumCents === null) return 1
  const { rows } = await client.query<{ n: number }>(
    `select count(*) as n from (select from flows f join messages m on m.flow_id = f.id
       join notices n on n.id = m.notice_id
     where f.institution_id = $1 and f.service = $2 and f.released_at is not null
       and m.purpose in ${OWN} and m.state in ('waiting', 'claimed', 'sending', 'held')
       and n.amount_cents > $3 limit ${MOST_COUNTED}) concerned`,
    [institutionId, service, maximumCents],
  )
  return rows[0]?.n ?? 0
}

function limitMail(limit: LearntLimit, concerned: number, notify: readonly string[]) {
  const { service, feature, maximumCents } = limit
  const atLeast = feature === 'amount' && concerned < MOST_COUNTED ? '' : 'almeno '
  const what =
    maximumCents === null
      ? `La chiave del servizio "${service}" non ha il permesso che serve: ${feature}.`
      : `Il servizio "${service}" può chiedere al più ${euro(maximumCents)} euro a messaggio.`
  return {
    recipients: notify,
    subject: `Messaggi da decidere: ${service} (${holdCodeOf(limit)})`,
    body: [
      what,
      `Messaggi trattenuti finora: ${atLeast}${concerned}. Gli altri partono.`,
      '',
      'Quando il limite è tolto su IO, i messaggi trattenuti si rilasciano con',
      `staffetta resume ${service}.`,
    ].join('\n'),
  }
}

function forgetMail(service: string, released: number, notify: readonly string[]) {
  return {
    recipients: notify,
    subject: `Messaggi ripresi: ${service}`,
    body: `Il limite del servizio "${service}" è stato alzato: ${released} messaggi sono ripresi.`,
  }
}

function euro(cents: number): string {
  return `${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')}`
}
