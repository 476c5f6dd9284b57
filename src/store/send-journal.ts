// The send journal: an append-only file beside the database that names each attempt before its
// first byte leaves. A database that is behind its journal was restored from an older copy: it must
// not send until the missing attempts are uncertain, or citizens would hear twice.
// One line an attempt: `installation attempt message`, space-separated; fsync with the group
// commit.
import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Pool } from './database.ts'

export interface JournalLine {
  attemptId: number
  messageId: number
}

export interface SendJournal {
  /** Durable when it resolves. */
  append(lines: JournalLine[]): Promise<void>
  close(): Promise<void>
}

const FILE = 'send-journal.log'

/** Opens the journal of this installation for appending. Several processes may append at once. */
export async function openSendJournal(
  directory: string,
  installation: string,
): Promise<SendJournal> {
  await mkdir(directory, { recursive: true })
  const file: FileHandle = await open(join(directory, FILE), 'a', 0o600)
  return {
    async append(lines) {
      const text = lines.map((l) => `${installation} ${l.attemptId} ${l.messageId}\n`).join('')
      await file.write(text)
      await file.datasync()
    },
    close: () => file.close(),
  }
}

/**
 * Compares the journal with the database: attempts that the journal names and the database does not
 * know are written as uncertain, and the installation is paused. Answers how many there were.
 */
export async function reconcileJournal(
  pool: Pool,
  directory: string,
  now: Temporal.Instant,
): Promise<number> {
  const path = join(directory, FILE)
  if (!existsSync(path)) return 0
  const { rows } = await pool.query<{ id: string; last: number }>(
    'select id, (select coalesce(max(id), 0) from attempts) as last from installation',
  )
  const { id: installation, last } = rows[0] as { id: string; last: number }
  const missing: JournalLine[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [owner, attempt, message] = line.split(' ')
    if (owner !== installation || !(Number(attempt) > last)) continue
    missing.push({ attemptId: Number(attempt), messageId: Number(message) })
  }
  if (missing.length > 0) await markMissing(pool, missing, now)
  return missing.length
}

async function markMissing(pool: Pool, missing: JournalLine[], now: Temporal.Instant) {
  const ids = missing.map((line) => line.messageId)
  await pool.query(
    `with behind as (
       update messages set state = 'uncertain', code = 'HOLD_JOURNAL_AHEAD'
       where id = any($1) and state in ('waiting', 'claimed', 'sending', 'held'))
     update installation set paused_because = $2`,
    [
      ids,
      `the send journal names ${missing.length} attempts that this database does not know ` +
        `(seen ${now}): it is older than what was sent`,
    ],
  )
  // The next attempt must not take an id that the journal already has.
  await pool.query(`select setval(pg_get_serial_sequence('attempts', 'id'), $1)`, [
    Math.max(...missing.map((line) => line.attemptId)),
  ])
}
