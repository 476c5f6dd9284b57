// Services that a person must mend before anything of them can leave: a refused key, a wrong
// address.
// One row a service and one mail a pause, however many messages ran into it.
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
    /** Pauses the service; true when it was not paused before, and staff has been told. */
    async pause(pause: ServicePause, notify: readonly string[]): Promise<boolean> {
      const institutionId = await institutions.idOf(pause.institution)
      return transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `insert into service_pauses (institution_id, service, since, code, detail)
           values ($1, $2, $3, $4, $5) on conflict do nothing`,
          [institutionId, pause.service, pause.since.toString(), pause.code, pause.detail],
        )
        if (rowCount === 1)
          await addStaffMail(client, institutionId, pauseMail(pause, notify), pause.since)
        return rowCount === 1
      })
    },

    async resume(institution: string, service: string): Promise<void> {
      await pool.query('delete from service_pauses where institution_id = $1 and service = $2', [
        await institutions.idOf(institution),
        service,
      ])
    },

    async list(): Promise<ServicePause[]> {
      const { rows } = await pool.query<ServicePause>(
        `select i.name as institution, p.service, p.since, p.code, p.detail
         from service_pauses p join institutions i on i.id = p.institution_id order by p.since`,
      )
      return rows
    },
  }
}

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
