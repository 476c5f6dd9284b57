// The composition of the send journal: checked when a node that may send opens, before it maps or
// sends anything; opened for writing by the first who sends. A part of `app.ts`.
import type { Parts } from './parts.ts'
import { openJournalCheck } from './store/journal-check.ts'
import { openSendJournal, type SendJournal } from './store/send-journal.ts'

/** A database behind its journal is paused by this check, whoever restored it and however. */
export function openChecking({ pool, log, dataDirectory, now }: Parts): () => Promise<void> {
  const check = openJournalCheck(pool, dataDirectory)
  return async () => {
    const attempts = await check(now())
    if (attempts > 0) log.error({ attempts }, 'database found behind the send journal')
  }
}

/** Throws `StoreFault` `STORE_JOURNAL` where it cannot be written. A lost journal is said once. */
export async function openJournal(parts: Parts): Promise<SendJournal> {
  const { pool, log, dataDirectory, onClose } = parts
  const { found, lastAttempt, ...journal } = await openSendJournal(pool, dataDirectory)
  onClose(() => journal.close())
  if (found !== 'own' && lastAttempt > 0) {
    const code = 'STORE_JOURNAL_LOST'
    log.warn({ code, found, lastAttempt }, 'send journal does not know what was sent')
  }
  return journal
}
