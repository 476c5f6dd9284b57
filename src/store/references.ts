// References: keyed tables loaded by a feed (contacts, payments) and looked up by mappings.
// Keys are hashed and rows sealed: the table says nothing to who reads it without the key.
import type { SnapshotCode } from '../domain/codes.ts'
import { refuseMissing, type SnapshotCounts } from '../domain/missing.ts'
import { type Client, type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { rowContext, rowHash } from './reference-rows.ts'
import { addStaffMail } from './staff-mails.ts'
import { finishTable, type TableSummary } from './table-drops.ts'
import type { Vault } from './vault.ts'
import { wakeWaiting } from './waits.ts'
import type { Enqueue } from './wake.ts'

export interface ReferenceRow {
  key: string
  /** Null: the row was refused; the one that stands under its key is not missing. */
  values: Record<string, string> | null
}

export interface ReferenceTarget {
  institution: string
  reference: string
  dropId: number
  /** Null for a delta. */
  snapshot: ReferenceSnapshot | null
}

export interface ReferenceSnapshot {
  /** How many of the rows that its feed brought it may lose. */
  atMostPercent: number
  feed: string
  dropKey: string
  /** Who is told when it would lose more. */
  notify: readonly string[]
}

export type References = ReturnType<typeof createReferences>

export function createReferences(
  pool: Pool,
  vault: Vault,
  institutions: Institutions,
  enqueue: Enqueue,
) {
  const hashOf = (reference: string, key: string) => rowHash(vault, reference, key)

  return {
    /** The rows of these keys; absent keys are absent from the answer. */
    async find(
      institution: string,
      reference: string,
      keys: string[],
    ): Promise<Map<string, Record<string, string>>> {
      const id = await institutions.idOf(institution)
      const byHash = new Map(
        keys.map((key) => [hashOf(reference, key).toString('latin1'), key] as const),
      )
      const { rows } = await pool.query<{ key_hash: Buffer; sealed: Buffer }>(
        `select key_hash, sealed from reference_rows
         where institution_id = $1 and reference = $2 and key_hash = any($3)`,
        [id, reference, [...byHash.keys()].map((hash) => Buffer.from(hash, 'latin1'))],
      )
      const found = new Map<string, Record<string, string>>()
      for (const { key_hash, sealed } of rows) {
        const clear = vault.open(rowContext(id, reference, key_hash), sealed).toString('utf8')
        found.set(byHash.get(key_hash.toString('latin1')) as string, JSON.parse(clear))
      }
      return found
    },

    /**
     * Loads a drop's rows in one transaction, marks the drop mapped and wakes the records that
     * waited for them: a row replaces the one of its key, the last of a drop wins. What a delta
     * does not name stays; what a snapshot does not name goes, unless so much of it is missing that
     * the snapshot is in doubt. Answers how many rows there were.
     */
    async load(
      target: ReferenceTarget,
      batches: AsyncIterable<ReferenceRow[]>,
      summary: () => TableSummary,
      now: Temporal.Instant,
    ): Promise<number> {
      const { institution, dropId, snapshot } = target
      const id = await institutions.idOf(institution)
      return transaction(pool, async (client) => {
        const standing = snapshot ? await countRows(client, id, target) : 0
        let count = 0
        for await (const batch of batches) count += await takeBatch(client, id, target, batch)
        const { keyless = 0, ...refused } = summary()
        await finishTable(client, vault, { dropId, rows: count, summary: refused, now })
        if (snapshot) {
          const counts = { records: count + refused.refused, keyless, standing }
          await dropMissing(client, id, { ...target, snapshot }, counts, now)
        }
        await wakeWaiting(client, enqueue, dropId, now)
        return count
      })
    },

    /**
     * Loads rows that came as a part of a drop of something else, in one transaction: they are
     * added as those of a delta. The drop itself stays as it is, and may be loaded again, also when
     * later ones have been: what a later drop has brought stands.
     */
    async loadPart(
      target: Omit<ReferenceTarget, 'snapshot'>,
      batches: AsyncIterable<ReferenceRow[]>,
      now: Temporal.Instant,
    ): Promise<void> {
      const id = await institutions.idOf(target.institution)
      await transaction(pool, async (client) => {
        for await (const batch of batches)
          await takeBatch(client, id, target, batch, 'unless-newer')
        await wakeWaiting(client, enqueue, target.dropId, now)
      })
    },
  }

  /** Answers how many rows there were; of several with one key the last is kept. */
  async function takeBatch(
    client: Client,
    id: number,
    { reference, dropId }: Omit<ReferenceTarget, 'snapshot'>,
    batch: ReferenceRow[],
    over: 'always' | 'unless-newer' = 'always',
  ): Promise<number> {
    const rows = new Map(
      batch.map(({ key, values }) => {
        const hash = hashOf(reference, key)
        const text = JSON.stringify(values)
        const sealed = values && vault.seal(rowContext(id, reference, hash), text)
        return [hash.toString('latin1'), { hash, sealed }] as const
      }),
    )
    const kept = [...rows.values()]
    const hashes = kept.map((row) => row.hash)
    const named = [id, reference, dropId, hashes]
    const isAlways = over === 'always'
    await client.query(TAKE_ROWS, [...named, kept.map((row) => row.sealed), isAlways])
    await client.query(KEEP_NAMED, [...named, isAlways])
    return batch.filter(({ values }) => values !== null).length
  }
}

const TAKE_ROWS = `
  insert into reference_rows (institution_id, reference, key_hash, drop_id, sealed)
  select $1, $2, key_hash, $3, sealed
    from unnest($4::bytea[], $5::bytea[]) as t (key_hash, sealed) where sealed is not null
  on conflict (institution_id, reference, key_hash)
    do update set drop_id = excluded.drop_id, sealed = excluded.sealed
    where $6 or reference_rows.drop_id <= excluded.drop_id`

/** A row that was named and refused is not missing: what it said before stands. */
const KEEP_NAMED = `
  update reference_rows set drop_id = $3
  where institution_id = $1 and reference = $2 and key_hash = any($4)
    and case when $5 then drop_id <> $3 else drop_id < $3 end`

/** The rows that earlier drops of the same feed brought: another feed has rows of its own. */
async function countRows(
  client: Client,
  institutionId: number,
  { reference, dropId }: ReferenceTarget,
): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `select count(*) as n ${OF_FEED} and r.drop_id <> $3`,
    [institutionId, reference, dropId],
  )
  return rows[0]?.n ?? 0
}

/** Removes the rows of the feed that its new snapshot does not name; in doubt none, and says so. */
async function dropMissing(
  client: Client,
  institutionId: number,
  target: ReferenceTarget & { snapshot: ReferenceSnapshot },
  loaded: Omit<SnapshotCounts, 'missing'>,
  now: Temporal.Instant,
): Promise<void> {
  const { reference, dropId, snapshot } = target
  const counts = { ...loaded, missing: await countRows(client, institutionId, target) }
  const code = refuseMissing(counts, snapshot.atMostPercent)
  const problem = code && missingProblem(code, counts, snapshot.atMostPercent)
  if (problem) await addStaffMail(client, institutionId, missingMail(snapshot, problem), now)
  else {
    await client.query(
      `delete from reference_rows where institution_id = $1 and reference = $2
         and key_hash in (select r.key_hash ${OF_FEED} and r.drop_id <> $3)`,
      [institutionId, reference, dropId],
    )
  }
  const report = { as: 'removed', counts, closed: problem ? 0 : counts.missing, problem }
  await client.query('update drops set missing = $2 where id = $1', [
    dropId,
    JSON.stringify(report),
  ])
}

const OF_FEED = `
  from reference_rows r join drops d on d.id = r.drop_id
  where r.institution_id = $1 and r.reference = $2
    and d.feed = (select feed from drops where id = $3)`

interface MissingProblem {
  code: SnapshotCode
  detail: string
  remedy: string
}

function missingProblem(
  code: SnapshotCode,
  { keyless, standing, missing }: SnapshotCounts,
  atMostPercent: number,
): MissingProblem {
  const kept = `Le ${missing} righe che c’erano e ora mancano restano valide`
  const reasons: Record<SnapshotCode, string> = {
    SNAP_EMPTY: 'il file non ha righe',
    SNAP_KEYS: `di ${keyless} righe non si legge la chiave, e possono essere le stesse`,
    SNAP_MISSING: `sono più del ${atMostPercent}% delle ${standing} di prima`,
  }
  const remedy =
    'Confronta il file con la fonte. Se è giusto così, alza `missing.atMostPercent` nel modello: ' +
    'vale dal prossimo file.'
  return { code, detail: `${kept}: ${reasons[code]}.`, remedy }
}

function missingMail({ feed, dropKey, notify }: ReferenceSnapshot, problem: MissingProblem) {
  const { code, detail, remedy } = problem
  const body = [`Il file ${dropKey} del collegamento "${feed}" è stato letto (${code}).`, detail]
  return {
    recipients: notify,
    subject: `Da controllare: ${feed}`,
    body: [...body, '', remedy].join('\n'),
  }
}
