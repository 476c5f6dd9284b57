// Mails to staff: written with the event they tell of, in its transaction, and sent afterwards.
// They carry counts and names of files, never a person's data. What opens something for whoever has
// it, such as a personal link, is sealed until its mail has left, and forgotten then.
import type { StaffMail } from '../domain/staff-mail.ts'
import type { Pool, Queryable } from './database.ts'
import type { Vault } from './vault.ts'

export interface QueuedMail extends Omit<StaffMail, 'secret'> {
  id: number
}

export interface RecentMail {
  recipients: string[]
  subject: string
  createdAt: Temporal.Instant
  /** Null: it has not left yet. */
  sentAt: Temporal.Instant | null
  /** Why it did not leave when it was tried last. */
  failure: string | null
}

export type StaffMails = ReturnType<typeof createStaffMails>

export function createStaffMails(pool: Pool, vault: Vault) {
  return {
    /** Mails that have not left yet, oldest first. */
    async waiting(limit: number): Promise<QueuedMail[]> {
      const { rows } = await pool.query<
        QueuedMail & { institutionId: number; secret: Buffer | null }
      >(
        `select id, recipients, subject, body, secret, institution_id as "institutionId"
         from staff_mails where sent_at is null order by id limit $1`,
        [limit],
      )
      return rows.map(({ secret, institutionId, ...mail }) => {
        if (secret === null) return mail
        const clear = vault.open(secretContext(institutionId), secret).toString('utf8')
        return { ...mail, body: mail.body.replace(SECRET, () => clear) }
      })
    },

    /** The newest first, without their text: it may hold a link. */
    async recent(institution: string, limit: number): Promise<RecentMail[]> {
      const { rows } = await pool.query<RecentMail>(
        `select m.recipients, m.subject, m.created_at as "createdAt", m.sent_at as "sentAt",
           m.failure
         from staff_mails m join institutions i on i.id = m.institution_id
         where i.name = $1 order by m.id desc limit $2`,
        [institution, limit],
      )
      return rows
    },

    async sent(id: number, now: Temporal.Instant): Promise<void> {
      await pool.query(
        'update staff_mails set sent_at = $2, failure = null, secret = null where id = $1',
        [id, now.toString()],
      )
    },

    async failed(id: number, failure: string): Promise<void> {
      await pool.query('update staff_mails set failure = $2 where id = $1', [
        id,
        failure.slice(0, 500),
      ])
    },
  }
}

/** Where the secret stands in the body. */
const SECRET = '{secret}'

/** What a secret is bound to. */
function secretContext(institutionId: number): string {
  return `staff-mail/${institutionId}`
}

/**
 * Adds a mail inside the caller's transaction; none when nobody is to be told. One with a secret
 * needs the vault.
 */
export async function addStaffMail(
  tx: Queryable,
  institutionId: number,
  { recipients, subject, body, secret }: StaffMail,
  now: Temporal.Instant,
  vault: Vault | null = null,
): Promise<void> {
  if (recipients.length === 0) return
  if (secret !== undefined && vault === null) throw new Error('a secret needs the vault')
  const sealed = secret === undefined ? null : vault?.seal(secretContext(institutionId), secret)
  await tx.query(
    `insert into staff_mails (institution_id, recipients, subject, body, created_at, secret)
     values ($1, $2, $3, $4, $5, $6)`,
    [institutionId, recipients, subject, body, now.toString(), sealed],
  )
}
