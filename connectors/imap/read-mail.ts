// One mail, piece by piece: read to its end to judge it, and read again while it is saved.
// Stands between the poll and the mailbox. Invariant: of a mail no more than a piece and what its
// scan keeps is in memory, and no mail is read beyond the bounds of the feed.
import { type PollContext, SourceError, stopped } from '../../src/connector.ts'
import { type MailFacts, scanMail } from './mail-scan.ts'
import { type ListedMail, type Mailbox, pieceBytes } from './mailbox.ts'
import type { ImapSettings } from './settings.ts'

type Poll = PollContext<ImapSettings>

/** Reads a mail to its end, or to its first fault. Null when it is gone meanwhile. */
export async function readMail(
  { settings, signal }: Poll,
  mailbox: Mailbox,
  mail: ListedMail,
): Promise<MailFacts | { fault: string } | null> {
  const tooLarge = { fault: `has more than ${settings.maximumMailBytes} bytes` }
  if (mail.sizeBytes > settings.maximumMailBytes) return tooLarge
  const scan = scanMail(settings)
  let bytes = 0
  let piece: Uint8Array | null = mail.firstPiece
  while (piece !== null && piece.length > 0) {
    if (signal.aborted) throw stopped()
    bytes += piece.length
    if (bytes > settings.maximumMailBytes) return tooLarge
    scan.write(piece)
    const fault = scan.fault()
    if (fault !== null) return { fault }
    // A short piece is the last one, unless the server said that there is more.
    if (piece.length < pieceBytes && bytes >= mail.sizeBytes) break
    piece = await mailbox.readPiece(mail.uid, bytes)
  }
  return piece === null ? null : scan.end()
}

/** The bytes that were judged: as many, of the same mail, which IMAP never changes. */
export async function* readAgain(
  { signal }: Poll,
  mailbox: Mailbox,
  mail: ListedMail,
  bytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  let offset = 0
  while (offset < bytes) {
    if (signal.aborted) throw stopped()
    const piece = offset === 0 ? mail.firstPiece : await mailbox.readPiece(mail.uid, offset)
    if (piece === null || piece.length === 0) throw goneMeanwhile(mail)
    yield piece
    offset += piece.length
  }
}

function goneMeanwhile({ uid }: ListedMail): SourceError {
  const message = `mail ${uid} was taken away while it was read; nothing of it was kept`
  return new SourceError('SRC_FILE_CHANGED', message, { retry: true })
}
