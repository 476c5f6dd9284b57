// Mails to staff: written with the event they tell of, in its transaction, and sent afterwards.
// They carry counts and names of files, never a person's data.
import type { Pool, Queryable } from './database.ts'

export interface StaffMail {
  recipients: readonly string[]
  subject: string
  body: string
}

export interface QueuedMail extends StaffMail {
  id: number
}

export type StaffMails = ReturnType<typeof createStaffMails>

export function createStaffMails(pool: Pool) {
  return {
    /** Mails that have not left yet, oldest first. */
    async waiting(limit: number): Promise<QueuedMail[]> {
      const { rows } = await pool.query<QueuedMail>(
        `select id, recipients, subject, body from staff_mails
         where sent_at is null order by id limit $1`,
        [limit],
      )
      return rows
    },

    async sent(id: number, now: Temporal.Instant): Promise<void> {
      await pool.query('update staff_mails set sent_at = $2, failure = null where id = $1', [
        id,
        now.toString(),
      ])
    },

    async failed(id: number, failure: string): Promise<void> {
      await pool.query('update staff_mails set failure = $2 where id = $1', [
        id,
        failure.slice(0, 500),
      ])
    },
  }
}

/** Adds a mail inside the caller's transaction; none when nobody is to be told. */
export async function addStaffMail(
  tx: Queryable,
  institutionId: number,
  mail: StaffMail,
  now: Temporal.Instant,
): Promise<void> {
  if (mail.recipients.length === 0) return
  await tx.query(
    `insert into staff_mails (institution_id, recipients, subject, body, created_at)
     values ($1, $2, $3, $4, $5)`,
    [institutionId, mail.recipients, mail.subject, mail.body, now.toString()],
  )
}
