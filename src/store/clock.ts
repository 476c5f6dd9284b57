// The database's clock, and what is known of ours: since when it has been wrong. One row for the
// whole installation, so that the staff is told once, whichever node noticed it.
import type { ClockReading } from '../domain/clock.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'

export type Clock = ReturnType<typeof createClock>

export function createClock(pool: Pool, institutions: Institutions) {
  return {
    async now(): Promise<Temporal.Instant> {
      const { rows } = await pool.query<{ now: Temporal.Instant }>(
        'select clock_timestamp() as now',
      )
      return (rows[0] as { now: Temporal.Instant }).now
    },

    /** Tells the staff of these institutions, unless it has been told. True: it is told now. */
    async report(
      reading: ClockReading,
      told: readonly { institution: string; notify: readonly string[] }[],
    ): Promise<boolean> {
      const ids = await Promise.all(told.map(({ institution }) => institutions.idOf(institution)))
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ since: Temporal.Instant }>(
          `update installation set clock_wrong_since = clock_timestamp()
           where clock_wrong_since is null returning clock_wrong_since as since`,
        )
        const since = rows[0]?.since
        if (since === undefined) return false
        for (const [index, { notify }] of told.entries()) {
          await addStaffMail(client, ids[index] as number, clockMail(reading, notify), since)
        }
        return true
      })
    },

    async forget(): Promise<void> {
      await pool.query(
        'update installation set clock_wrong_since = null where clock_wrong_since is not null',
      )
    },
  }
}

const witnessNames = { database: 'della base dati', io: 'di app IO' }

function clockMail({ witness, aheadSeconds }: ClockReading, notify: readonly string[]) {
  const seconds = Math.round(Math.abs(aheadSeconds)).toLocaleString('it')
  const side = aheadSeconds > 0 ? 'avanti' : 'indietro'
  return {
    recipients: notify,
    subject: 'Orologio sbagliato: gli invii sono fermi',
    body: [
      `L'orologio del server è ${side} di ${seconds} secondi`,
      `rispetto a quello ${witnessNames[witness]}.`,
      'Finché non torna giusto non parte nessun messaggio: un orologio sbagliato farebbe partire',
      'promemoria di altri giorni.',
      '',
      'Nessun messaggio va perso: gli invii riprendono da soli quando gli orologi concordano.',
    ].join('\n'),
  }
}
