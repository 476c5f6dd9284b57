// How the polls of a feed go: since when they fail, why, and what its staff has been told of it.
// The mail is written with the failure that it tells of, in one transaction.
// Invariant: neither the row nor the mail holds more than the connector's own words.
import { type FailureAlarm, findFailureAlarm, isSingleEvent } from '../domain/failure-alarm.ts'
import type { SourceFailure } from '../pipeline/connector/source-failure.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'

export interface PolledFeed {
  institution: string
  feed: string
  /** Who is told by mail. */
  notify: readonly string[]
}

/** Characters of a failure that are kept and shown. */
const FAILURE_LENGTH = 2000

export function createFeedFailures(pool: Pool, institutions: Institutions) {
  return {
    /** A poll went well. Staff that heard of trouble hears that it is over. */
    async polled(polled: PolledFeed, now: Temporal.Instant): Promise<void> {
      const institutionId = await institutions.idOf(polled.institution)
      await transaction(pool, async (client) => {
        const { rows } = await client.query<{ code: string; told: FailureAlarm | null }>(POLLED, [
          institutionId,
          polled.feed,
          now.toString(),
        ])
        const [was] = rows
        if (!was?.told || isSingleEvent(was.code)) return
        await addStaffMail(client, institutionId, recoveredMail(polled), now)
      })
    },

    /** A poll failed. Staff is told once it lasts, or at once where a person is needed. */
    async failed(polled: PolledFeed, failure: SourceFailure, now: Temporal.Instant): Promise<void> {
      const institutionId = await institutions.idOf(polled.institution)
      const message = failure.message.slice(0, FAILURE_LENGTH)
      await transaction(pool, async (client) => {
        const place = [institutionId, polled.feed]
        const { rows } = await client.query<{ since: Temporal.Instant; told: FailureAlarm | null }>(
          `update feeds set polled_at = $3, failing_since = coalesce(failing_since, $3),
             failure = $4, failure_code = $5
           where institution_id = $1 and name = $2
           returning failing_since as since, failure_told as told`,
          [...place, now.toString(), message, failure.code],
        )
        const [row] = rows
        const alarm = row ? findFailureAlarm(failure, row.told, row.since, now) : null
        if (alarm === null) return
        const mail = failedMail(polled, { ...failure, message }, alarm)
        await addStaffMail(client, institutionId, mail, now)
        await client.query(
          'update feeds set failure_told = $3 where institution_id = $1 and name = $2',
          [...place, alarm],
        )
      })
    },
  }
}

/** Forgets the trouble, and answers what it was. */
const POLLED = `
  update feeds f set polled_at = $3, good_at = $3, failing_since = null, failure = null, failure_code = null,
    failure_told = null
  from (select institution_id, name, failure_code, failure_told from feeds
    where institution_id = $1 and name = $2 for update) was
  where f.institution_id = was.institution_id and f.name = was.name
  returning coalesce(was.failure_code, '') as code, was.failure_told as told`

function failedMail(
  { institution, feed, notify }: PolledFeed,
  { code, message }: SourceFailure,
  alarm: FailureAlarm,
) {
  const what = isSingleEvent(code)
    ? 'ha trovato qualcosa che non può trattare'
    : 'non riesce a leggere la sua fonte'
  const then =
    alarm === 'person'
      ? 'Serve una persona: da sola la lettura non potrà riprendere.'
      : 'Le letture continuano a orario, e riprendono da sole quando la causa non c’è più.'
  return {
    recipients: notify,
    subject: `Collegamento da guardare: ${feed} (${code})`,
    body: [
      `Il collegamento "${feed}" di ${institution} ${what}.`,
      '',
      `${code}: ${message}`,
      '',
      then,
      'Ciò che non è stato preso resta alla fonte, e non va perso. Gli altri collegamenti e gli',
      'invii continuano.',
      `Il rimedio sta alla voce ${code} di docs/operations.md.`,
    ].join('\n'),
  }
}

function recoveredMail({ institution, feed, notify }: PolledFeed) {
  return {
    recipients: notify,
    subject: `Collegamento di nuovo attivo: ${feed}`,
    body: `Il collegamento "${feed}" di ${institution} legge di nuovo la sua fonte.`,
  }
}
