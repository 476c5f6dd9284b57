// Compares the send journal with the database, before anything is mapped or sent: a database that
// does not know attempts which the journal names was restored from an older copy. Afterwards it
// knows them all, each uncertain, and the installation is paused until a person resumes it.
import { stat } from 'node:fs/promises'
import { leapCounters } from './counters.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import { pauseInstallation } from './installation.ts'
import { adoptAttempts, countUnknown, takeOverLate } from './orphan-attempts.ts'
import { doubtReceipts } from './receipts.ts'
import { journalLines, segmentsOf, TAIL_BYTES, whoSends } from './send-journal.ts'

/** Lines looked up in one statement. */
const BATCH = 5_000
/**
 * Ids leap so far ahead when a database was found behind: the journal of another node, not read
 * yet, must not name what is made from now on.
 */
const LEAP = 1_000_000_000
/** Of flows, by whose numbers receipts are known to whoever was told, and people call them. */
const FLOW_LEAP = 10_000
/** Of counters, whose numbers other systems may want in few digits. */
const COUNTER_LEAP = 1_000_000

/** What is read again of a file that was read before: some 350 attempts. */
const AGAIN_BYTES = 32 * 1024

/** How far the newest file was read, and all of it known. */
interface JournalSeen {
  inode: number
  bytes: number
}

/** A check for a process that checks often: from the second on, of what is new. */
export function openJournalCheck(pool: Pool, directory: string) {
  let seen: JournalSeen | null = null
  return async (now: Temporal.Instant): Promise<number> => {
    const checked = await checkFrom(seen, pool, directory, now)
    seen = checked.newest
    return checked.attempts
  }
}

/**
 * Answers how many attempts the database did not know. Cheap when there is none: a restore loses
 * the last ones, so the ends of the two newest files tell. Otherwise it reads back until a file
 * holds nothing new.
 */
export async function reconcileJournal(
  pool: Pool,
  directory: string,
  now: Temporal.Instant,
): Promise<number> {
  return (await checkFrom(null, pool, directory, now)).attempts
}

/**
 * Of what was `seen` the newest file is read from there on, with some lines before that, since what
 * is restored to before then has lost these.
 */
async function checkFrom(
  seen: JournalSeen | null,
  pool: Pool,
  directory: string,
  now: Temporal.Instant,
): Promise<{ attempts: number; newest: JournalSeen | null }> {
  const segments = await segmentsOf(directory)
  const newest = await sizeOf(segments[0])
  const { installation } = await whoSends(pool)
  const goesOn = newest?.inode === seen?.inode && (newest?.bytes ?? 0) >= (seen?.bytes ?? 0)
  const again = goesOn ? seen : null
  const from = again ? Math.max(0, again.bytes - AGAIN_BYTES) : -TAIL_BYTES
  const ends = segments.slice(0, again ? 1 : 2)
  const isOld = await isBehind(pool, ends, installation, from)
  return { attempts: isOld ? await adoptAll(pool, segments, installation, now) : 0, newest }
}

/** Answers how many the database did not know. */
async function adoptAll(
  pool: Pool,
  segments: string[],
  installation: string,
  now: Temporal.Instant,
): Promise<number> {
  return transaction(pool, async (tx) => {
    // Another node may have found itself behind at the same moment.
    await tx.query('select from installation for update')
    let missing = 0
    for (const path of segments) {
      const { lines, adopted } = await adoptFrom(tx, path, installation, now)
      missing += adopted
      if (lines > 0 && adopted === 0) break
    }
    if (missing > 0) {
      await takeOverLate(tx, now)
      await leapIds(tx)
      await doubtReceipts(tx, now)
      await pauseInstallation(
        tx,
        `the send journal names ${missing} attempts that the database did not know: ` +
          'it is older than what was sent',
        now,
      )
    }
    return missing
  })
}

/** Ids that may stand in a journal are never given again. */
export async function leapIds(tx: Queryable): Promise<void> {
  await tx.query(
    `select setval(pg_get_serial_sequence('attempts', 'id'), $1::bigint + greatest(
         (select coalesce(max(id), 0) from attempts),
         (select coalesce(max(attempt_id), 0) from orphan_attempts),
         coalesce(pg_sequence_last_value(pg_get_serial_sequence('attempts', 'id')::regclass), 0))),
       setval('message_ids', $1::bigint + greatest(
         (select coalesce(max(message_id), 0) from orphan_attempts),
         coalesce(pg_sequence_last_value('message_ids'), 0))),
       setval(pg_get_serial_sequence('flows', 'id'), $2::bigint + coalesce(
         pg_sequence_last_value(pg_get_serial_sequence('flows', 'id')::regclass), 0))`,
    [LEAP, FLOW_LEAP],
  )
  await leapCounters(tx, COUNTER_LEAP)
}

async function sizeOf(path: string | undefined): Promise<JournalSeen | null> {
  const file = path === undefined ? null : await stat(path).catch(() => null)
  return file && { inode: file.ino, bytes: file.size }
}

async function isBehind(
  pool: Pool,
  paths: string[],
  installation: string,
  from: number,
): Promise<boolean> {
  for (const path of paths) {
    for await (const lines of journalLines(path, installation, BATCH, from)) {
      if ((await countUnknown(pool, lines)) > 0) return true
    }
  }
  return false
}

async function adoptFrom(
  tx: Queryable,
  path: string,
  installation: string,
  now: Temporal.Instant,
): Promise<{ lines: number; adopted: number }> {
  let lines = 0
  let adopted = 0
  for await (const batch of journalLines(path, installation, BATCH)) {
    lines += batch.length
    adopted += (await adoptAttempts(tx, batch, now)).length
  }
  return { lines, adopted }
}
