// The subscriptions feed, kept: how far each service has read it, and who can be written to since.
// IO names a citizen by a plain SHA-256 of the fiscal code, which anybody can try out code by code:
// only our keyed hash of it is stored. Invariant: a day is applied whole, once, after the one
// before it; the same days in any number of runs leave the same set.
import { createHash } from 'node:crypto'
import type { FeedDay, FeedProgress } from '../pipeline/send/subscriptions.ts'
import { type Client, type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Vault } from './vault.ts'

export interface ServiceName {
  institution: string
  service: string
}

export interface FeedRefusal {
  code: string
  askAt: Temporal.Instant
  notify: readonly string[]
}

export type Subscriptions = ReturnType<typeof createSubscriptions>

/** Hashes in one statement. A day may bring a million, and others wait for this thread too. */
const BATCH = 5_000
/** Rows of a set that is given up, removed in one statement. */
const REMOVED_AT_ONCE = 50_000

export function createSubscriptions(pool: Pool, vault: Vault, institutions: Institutions) {
  /** From IO's hash, which comes in either case. */
  const hashOf = (codeHash: string) => vault.hash('subscriber', codeHash.toLowerCase())

  return {
    async progress({ institution, service }: ServiceName): Promise<FeedProgress> {
      const { rows } = await pool.query<FeedProgress>(
        `select through, ask_at as "askAt" from subscription_feeds
         where institution_id = $1 and service = $2`,
        [await institutions.idOf(institution), service],
      )
      return rows[0] ?? { through: null, askAt: null }
    },

    /**
     * Applies one day in one transaction. False when the last day applied is not the one before
     * it: somebody else has been faster. Whoever a day names as both come and gone has come.
     */
    async apply(service: ServiceName, day: Temporal.PlainDate, changes: FeedDay): Promise<boolean> {
      const institutionId = await institutions.idOf(service.institution)
      return transaction(pool, async (client) => {
        const feed = await lockFeed(client, institutionId, service.service)
        if (feed.through !== null && !feed.through.add({ days: 1 }).equals(day)) return false
        for (const codeHashes of batchesOf(changes.unsubscriptions)) {
          await client.query(
            'delete from subscribers where feed_id = $1 and code_hash = any($2::bytea[])',
            [feed.id, codeHashes.map(hashOf)],
          )
        }
        for (const codeHashes of batchesOf(changes.subscriptions)) {
          await client.query(
            `insert into subscribers (institution_id, feed_id, code_hash)
             select $1, $2, unnest($3::bytea[]) on conflict do nothing`,
            [institutionId, feed.id, codeHashes.map(hashOf)],
          )
        }
        await client.query(
          `update subscription_feeds set through = $2, ask_at = null, problem = null
           where id = $1`,
          [feed.id, day.toString()],
        )
        return true
      })
    },

    async postpone({ institution, service }: ServiceName, askAt: Temporal.Instant) {
      const institutionId = await institutions.idOf(institution)
      await transaction(pool, async (client) => {
        const { id } = await lockFeed(client, institutionId, service)
        await client.query('update subscription_feeds set ask_at = $2 where id = $1', [
          id,
          askAt.toString(),
        ])
      })
    },

    /** Postpones it; a problem that is new is told to the staff, in the same transaction. */
    async refuse(service: ServiceName, refusal: FeedRefusal, now: Temporal.Instant) {
      const institutionId = await institutions.idOf(service.institution)
      const { code, askAt, notify } = refusal
      await transaction(pool, async (client) => {
        const feed = await lockFeed(client, institutionId, service.service)
        await client.query(
          'update subscription_feeds set ask_at = $2, problem = $3 where id = $1',
          [feed.id, askAt.toString(), code],
        )
        if (feed.problem === code) return
        await addStaffMail(client, institutionId, problemMail(service, code, notify), now)
      })
    },

    /**
     * Whether the citizen is in the set of this service; null when it is not whole through this
     * day.
     */
    async find(
      { institution, service }: ServiceName,
      fiscalCode: string,
      through: Temporal.PlainDate,
    ): Promise<boolean | null> {
      const codeHash = createHash('sha256').update(fiscalCode.toUpperCase()).digest('hex')
      const { rows } = await pool.query<{ subscribed: boolean }>(
        `select exists (select from subscribers s where s.feed_id = f.id and s.code_hash = $3)
           as subscribed
         from subscription_feeds f
         where f.institution_id = $1 and f.service = $2 and f.through >= $4`,
        [await institutions.idOf(institution), service, hashOf(codeHash), through.toString()],
      )
      return rows[0]?.subscribed ?? null
    },

    /** Removes the sets of all services but these: nobody needs them any more. */
    async keepOnly(services: readonly ServiceName[]): Promise<number> {
      const { rows } = await pool.query<{ id: number }>(
        `select f.id from subscription_feeds f join institutions i on i.id = f.institution_id
         where (i.name, f.service) not in (select * from unnest($1::text[], $2::text[]))`,
        [services.map(({ institution }) => institution), services.map(({ service }) => service)],
      )
      for (const { id } of rows) await removeFeed(pool, id)
      return rows.length
    },
  }
}

interface LockedFeed {
  id: number
  through: Temporal.PlainDate | null
  problem: string | null
}

/** The service's row, made at the first need, kept to this transaction. */
async function lockFeed(tx: Client, institutionId: number, service: string): Promise<LockedFeed> {
  await tx.query(
    'insert into subscription_feeds (institution_id, service) values ($1, $2) on conflict do nothing',
    [institutionId, service],
  )
  const { rows } = await tx.query<LockedFeed>(
    `select id, through, problem from subscription_feeds
     where institution_id = $1 and service = $2 for update`,
    [institutionId, service],
  )
  return rows[0] as LockedFeed
}

/** First what makes the set usable, last what makes it findable: it may be stopped anywhere. */
async function removeFeed(pool: Pool, id: number): Promise<void> {
  await pool.query('update subscription_feeds set through = null where id = $1', [id])
  let removed: number | null
  do {
    const { rowCount } = await pool.query(
      `delete from subscribers where feed_id = $1 and code_hash in
         (select code_hash from subscribers where feed_id = $1 limit $2)`,
      [id, REMOVED_AT_ONCE],
    )
    removed = rowCount
  } while (removed === REMOVED_AT_ONCE)
  await pool.query('delete from subscription_feeds where id = $1', [id])
}

function* batchesOf(codeHashes: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < codeHashes.length; start += BATCH) {
    yield codeHashes.slice(start, start + BATCH)
  }
}

function problemMail({ service }: ServiceName, code: string, notify: readonly string[]) {
  const cause =
    code === 'IO_FEED_FORBIDDEN'
      ? 'IO non permette a questo account di leggere il feed delle iscrizioni.'
      : 'IO ha dato un giorno del feed delle iscrizioni che non si può leggere.'
  return {
    recipients: notify,
    subject: `Feed delle iscrizioni non letto: ${service}`,
    body: [
      `${cause} (${code})`,
      '',
      'Gli invii continuano: di ogni destinatario viene chiesto il profilo, con una chiamata in più.',
      'Staffetta riprova da sola; questo avviso non si ripete.',
    ].join('\n'),
  }
}
