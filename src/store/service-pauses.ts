// Services that a person must mend before anything of them can leave: a refused key, a wrong
// address. One row a service and one mail a pause, however many messages ran into it. A pause ends
// when a try proves the cause gone, or when a person says so; never because a process restarts.
import { nextPauseTry } from '../domain/service-pause.ts'
import { addServiceAct, type ServiceAct } from './acts.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'

export interface ServicePause {
  institution: string
  service: string
  since: Temporal.Instant
  code: string
  detail: string
}

export type ServicePauses = ReturnType<typeof createServicePauses>

export function createServicePauses(pool: Pool, institutions: Institutions) {
  return {
    /**
     * Pauses the service; true when it was not paused before, and staff has been told. A refusal
     * that was asked for before the service was last resumed is stale, and pauses nothing.
     */
    async pause(
      pause: ServicePause,
      notify: readonly string[],
      askedAt: Temporal.Instant = pause.since,
    ): Promise<boolean> {
      const institutionId = await institutions.idOf(pause.institution)
      return transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `insert into service_pauses (institution_id, service, since, code, detail, try_at)
           select $1, $2, $3, $4, $5, $6 where not exists (select from acts
             where subject = 'service/' || $2 and institution_id = $1 and verb = 'resumed'
               and at > $7)
           on conflict do nothing`,
          [
            institutionId,
            pause.service,
            pause.since.toString(),
            pause.code,
            pause.detail,
            nextPauseTry(pause.code, 0, pause.since).toString(),
            askedAt.toString(),
          ],
        )
        if (rowCount === 1)
          await addStaffMail(client, institutionId, pauseMail(pause, notify), pause.since)
        return rowCount === 1
      })
    },

    /** A try has not helped: the next is later. The cause may be another than before. */
    async postpone(pause: Omit<ServicePause, 'since'>, now: Temporal.Instant): Promise<void> {
      const institutionId = await institutions.idOf(pause.institution)
      await transaction(pool, async (client) => {
        const { rows } = await client.query<{ tries: number; code: string }>(
          `select tries, code from service_pauses
           where institution_id = $1 and service = $2 for update`,
          [institutionId, pause.service],
        )
        const was = rows[0]
        if (!was) return
        const tries = was.code === pause.code ? was.tries + 1 : 0
        const tryAt = nextPauseTry(pause.code, tries, now)
        await client.query(
          `update service_pauses set code = $3, detail = $4, tries = $5, try_at = $6,
             trial_message_id = null where institution_id = $1 and service = $2`,
          [institutionId, pause.service, pause.code, pause.detail, tries, tryAt.toString()],
        )
      })
    },

    /** The service may send again. Staff is told when nobody of them said so: `notify`. */
    async resume(
      institution: string,
      service: string,
      act: ServiceAct,
      notify: readonly string[] = [],
    ): Promise<boolean> {
      const institutionId = await institutions.idOf(institution)
      return transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          'delete from service_pauses where institution_id = $1 and service = $2',
          [institutionId, service],
        )
        if (rowCount === 0) return false
        await addServiceAct(client, institutionId, service, { ...act, verb: 'resumed' })
        await addStaffMail(client, institutionId, resumeMail(service, notify), act.at)
        return true
      })
    },

    /** Oldest first. */
    async list(): Promise<ServicePause[]> {
      const { rows } = await pool.query<ServicePause>(`select ${COLUMNS} order by p.since`)
      return rows
    },

    /** Pauses whose cause is to be tried now. */
    async due(now: Temporal.Instant): Promise<ServicePause[]> {
      const { rows } = await pool.query<ServicePause>(
        `select ${COLUMNS} where p.try_at <= $1 order by p.try_at`,
        [now.toString()],
      )
      return rows
    },

    /**
     * Lets one due message of the paused service through, unless one is on its way: the claim takes
     * it, and what IO answers decides. Where that tells nothing, another is let through
     * a minute later. False: one is on its way, or nothing of the service is due.
     */
    async chooseTrial(institution: string, service: string, now: Temporal.Instant) {
      const { rowCount } = await pool.query(CHOOSE_TRIAL, [
        await institutions.idOf(institution),
        service,
        now.toString(),
      ])
      return rowCount === 1
    },
  }
}

const COLUMNS = `i.name as institution, p.service, p.since, p.code, p.detail
  from service_pauses p join institutions i on i.id = p.institution_id`

const CHOOSE_TRIAL = `
  update service_pauses p set trial_message_id = trial.id,
    try_at = $3::timestamptz + interval '1 minute'
  from (
    select m.id from flow_wakes w join flows f on f.id = w.flow_id
      cross join lateral (select id, send_at from messages
        where flow_id = f.id and state = 'waiting' and send_at <= $3
        order by send_at, due_at limit 1) m
    where w.at <= $3 and f.institution_id = $1 and f.service = $2 and f.released_at is not null
      and f.stopped_at is null and f.suspended_at is null
    order by m.send_at limit 1) trial
  where p.institution_id = $1 and p.service = $2 and not exists (select from messages m
    where m.id = p.trial_message_id and (m.state in ('claimed', 'sending')
      or m.state = 'waiting' and m.send_at <= $3))`

function pauseMail(pause: ServicePause, notify: readonly string[]) {
  return {
    recipients: notify,
    subject: `Servizio in pausa: ${pause.service}`,
    body: [
      `Gli invii del servizio "${pause.service}" sono in pausa: ${pause.code}.`,
      pause.detail,
      '',
      'Nessun messaggio va perso: gli invii riprendono quando la causa è rimossa.',
    ].join('\n'),
  }
}

function resumeMail(service: string, notify: readonly string[]) {
  return {
    recipients: notify,
    subject: `Servizio ripreso: ${service}`,
    body: `La causa della pausa non c'è più: gli invii del servizio "${service}" sono ripresi.`,
  }
}
