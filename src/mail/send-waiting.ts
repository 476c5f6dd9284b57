// Sends the staff's mails that wait in the database. A mail that fails waits for the next round,
// with what the server said; it holds back no other.
import type { Mailer } from './smtp.ts'

interface QueuedMail {
  id: number
  recipients: readonly string[]
  subject: string
  body: string
}

interface Outbox {
  waiting(limit: number): Promise<QueuedMail[]>
  sent(id: number, now: Temporal.Instant): Promise<void>
  failed(id: number, failure: string): Promise<void>
}

const MAILS_AT_ONCE = 100

/** Answers how many mails left. */
export async function sendWaiting(
  outbox: Outbox,
  mailer: Mailer,
  now: () => Temporal.Instant,
): Promise<number> {
  let sent = 0
  for (const mail of await outbox.waiting(MAILS_AT_ONCE)) {
    try {
      await mailer.send(mail)
      await outbox.sent(mail.id, now())
      sent += 1
    } catch (error) {
      await outbox.failed(mail.id, (error as Error).message)
    }
  }
  return sent
}
