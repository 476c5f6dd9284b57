// The write-back of a mailbox: a mail shows how its records ended, by a flag and by where it lies.
// Stands beside the poll. Invariants: nobody is ever answered; a report that is asked for twice
// ends as once, and a later one replaces what an earlier one said.
import type { SearchObject } from 'imapflow'
import { type SourceContext, SourceError, type WriteBack } from '../../src/connector.ts'
import { findHeader, findId, headersOf } from './mail-headers.ts'
import { canMove, findTarget, type Mailbox, openMailbox } from './mailbox.ts'
import { cannotMove } from './put-away.ts'
import type { Session } from './session.ts'
import type { ImapSettings } from './settings.ts'

/** Copies of one mail that are marked at most; there is more than one if it was sent twice. */
const markedMails = 20

/** Fates after which someone did not get what the mail asked to tell. */
const failedFates = ['undeliverable', 'rejected', 'refused', 'uncertain', 'cancelled', 'held']

/**
 * Marks the mail of a drop by its receipts. Throws `SRC_RESULT` when it is nowhere to be found, and
 * for mails without any id, which cannot be searched for.
 */
export async function markResults(
  context: SourceContext<ImapSettings>,
  session: Session,
  report: WriteBack,
): Promise<void> {
  const { results } = context.settings
  if (report.dropKey.startsWith('sha256:')) throw unmarkable('it came without a Message-ID')
  let hasFailed = false
  for await (const { fate } of report.receipts) hasFailed ||= failedFates.includes(fate)
  const target = hasFailed ? results.failedMailbox : results.okMailbox
  if (target !== undefined) {
    if (!canMove(session)) throw unmarkable(cannotMove)
    await findTarget(session, target)
  }
  let marked = 0
  for (const path of placesOf(context.settings)) {
    const mailbox = await openMailbox(session, path)
    const copies = await findCopies(mailbox, report.dropKey)
    if (copies.length === 0) continue
    await mailbox.flag(copies, hasFailed ? results.failedFlag : results.okFlag)
    await mailbox.unflag(copies, hasFailed ? results.okFlag : results.failedFlag)
    if (target !== undefined && target !== path) await mailbox.move(copies, target)
    marked += copies.length
  }
  if (marked === 0) throw unmarkable('it is in none of the mailboxes of this feed')
}

/** Where a mail of this feed may lie by now, those where results put it first. */
export function placesOf({ mailbox, archiveMailbox, results }: ImapSettings): string[] {
  // A mail that is moved must not be met again where it went.
  const places = [results.okMailbox, results.failedMailbox, archiveMailbox, mailbox]
  return [...new Set(places.filter((place) => place !== undefined))]
}

/** The UIDs of the mails with this id: their own, or as certified mail the one that they carry. */
async function findCopies(mailbox: Mailbox, key: string): Promise<number[]> {
  const named: SearchObject[] = [
    { header: { 'message-id': key } },
    { header: { 'x-riferimento-message-id': key } },
  ]
  const found = await mailbox.search({ or: named }, 0)
  const copies: number[] = []
  // A search finds every header that has the id in it; the header itself decides.
  for (const uid of found.slice(0, markedMails)) {
    const [mail] = await mailbox.read([uid])
    const headers = headersOf(Buffer.from(mail?.firstPiece ?? []).toString())
    const isReceipt = findHeader(headers, 'x-ricevuta') !== null
    const isCertified = findHeader(headers, 'x-trasporto') !== null
    const ids = ['message-id', 'x-riferimento-message-id']
    const own = ids.map((name) => findId(findHeader(headers, name) ?? ''))
    if (own.includes(key) && (isCertified || !isReceipt)) copies.push(uid)
  }
  return copies
}

function unmarkable(why: string): SourceError {
  const message = `the mail of this drop cannot be marked: ${why}`
  return new SourceError('SRC_RESULT', message, { retry: false })
}
