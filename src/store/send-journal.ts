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
  const file: FileHandle = await open(join(directory, FILE), 'a+', 0o600)
  await endTornLine(file)
  return {
    async append(lines) {
      const text = lines.map((l) => `${installation} ${l.attemptId} ${l.messageId}\n`).join('')
      await file.appendFile(text)
      await file.datasync()
    },
    close: () => file.close(),
  }
}

/** A power cut may leave half a line, which must not swallow the one that comes after it. */
async function endTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat()
  if (size === 0) return
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer[0] !== 0x0a) await file.appendFile('\n')
}

/**
 * Compares the journal with the database: the messages of attempts that the journal names and the
 * database does not know become uncertain, and the installation is paused. Answers how many
 * attempts there were.
 */
export async function reconcileJournal(
  pool: Pool,
  directory: string,
  now: Temporal.Instant,
): Promise<number> {
  const path = join(directory, FILE)
  if (!existsSync(path)) return 0
  const { installation, last } = await lastAttempt(pool)
  const ahead: JournalLine[] = []
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const [, owner, attempt, message] = LINE.exec(line) ?? []
    if (owner !== installation || Number(attempt) <= last) continue
    ahead.push({ attemptId: Number(attempt), messageId: Number(message) })
  }
  if (ahead.length === 0) return 0
  // Another process may have been sending while the journal was read: its rows were there first.
  const since = (await lastAttempt(pool)).last
  const missing = ahead.filter((line) => line.attemptId > since)
  if (missing.length > 0) await markMissing(pool, missing, now)
  return missing.length
}

const LINE = /^(\S+) (\d+) (\d+)$/

async function lastAttempt(pool: Pool): Promise<{ installation: string; last: number }> {
  const { rows } = await pool.query<{ installation: string; last: number }>(
    `select id as installation, (select coalesce(max(id), 0) from attempts) as last
     from installation`,
  )
  return rows[0] as { installation: string; last: number }
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
  // What is made from now on must not take an id that the journal already has.
  const attempts = missing.map((line) => line.attemptId)
  await pool.query(
    `select setval(pg_get_serial_sequence('attempts', 'id'), max(attempt)),
       setval('message_ids', greatest(max(message), (select last_value from message_ids)))
     from unnest($1::bigint[], $2::bigint[]) as missing (attempt, message)`,
    [attempts, ids],
  )
}
