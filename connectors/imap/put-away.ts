// What becomes of a mail at the source once it is known what it is: acknowledged, filed, put aside.
// Stands between the poll and the mailbox. Invariants: a task is touched only after it is saved;
// what is put aside is counted and told; nothing is deleted, and nothing is answered.
import { type PollContext, SourceError } from '../../src/connector.ts'
import { canMove, findTarget, type ListedMail, type Mailbox } from './mailbox.ts'
import type { Session } from './session.ts'
import type { ImapSettings } from './settings.ts'
import type { Verdict } from './verdict.ts'

type Poll = PollContext<ImapSettings>

/** Of a poll: how many mails were malformed, and the first one's number and fault. */
export interface Malformed {
  mails: number
  first: string
}

/** Throws what is wrong with the settings as the server sees them, before any mail is taken. */
export async function findFaults(
  settings: ImapSettings,
  session: Session,
  mailbox: Mailbox,
): Promise<void> {
  const targets = targetsOf(settings)
  if (targets.length > 0 && !canMove(session)) throw unable(cannotMove)
  for (const target of targets) await findTarget(session, target)
  const fault = findFlagFault(settings, mailbox)
  if (fault !== null) throw unable(fault)
}

export const cannotMove =
  'the server has neither MOVE nor UIDPLUS, so that mails cannot be moved safely: use `flag`'

/** Why what `after` asks cannot be kept in this mailbox; null when it can. */
export function findFlagFault(settings: ImapSettings, mailbox: Mailbox): string | null {
  const { after, flag, mailbox: path } = settings
  const isChanged = after !== 'leave' || targetsOf(settings).length > 0
  if (isChanged && mailbox.isReadOnly) return `the user may only read ${path}, and move nothing`
  if (after !== 'flag' || mailbox.keeps(flag)) return null
  return `${path} keeps no flag ${flag}: use another one, or \`move\``
}

/** Where a poll moves mails. */
export function targetsOf(settings: ImapSettings): string[] {
  const { after, archiveMailbox, receipts, receiptsMailbox, quarantineMailbox } = settings
  const targets = [
    after === 'move' ? archiveMailbox : undefined,
    receipts === 'file' ? receiptsMailbox : undefined,
    quarantineMailbox,
  ]
  return [...new Set(targets.filter((target) => target !== undefined))]
}

/** Flags or moves saved mails, as the feed says. */
export async function acknowledge(
  { settings }: Poll,
  mailbox: Mailbox,
  uids: number[],
): Promise<void> {
  const { after, flag, archiveMailbox } = settings
  if (uids.length === 0) return
  if (after === 'flag') await mailbox.flag(uids, flag)
  if (after === 'move' && archiveMailbox !== undefined) await mailbox.move(uids, archiveMailbox)
}

/** Receipts that say that someone did not get a mail. */
const badNews = [
  'non-accettazione',
  'errore-consegna',
  'preavviso-errore-consegna',
  'rilevazione-virus',
]

/**
 * Files a receipt, and tells which mail it is about, and whether that one is a drop of this feed:
 * one that the office sent to its own mailbox. A bad one is a warning.
 */
export async function fileReceipt(
  { settings, log }: Poll,
  mailbox: Mailbox,
  { uid }: ListedMail,
  { receipt, reference, known }: Verdict & { is: 'receipt' } & { known: ReadonlySet<string> },
): Promise<void> {
  const { receipts, receiptsMailbox } = settings
  const isOfDrop = reference !== null && known.has(reference)
  const level = badNews.includes(receipt) ? 'warn' : 'info'
  log[level]({ uid, receipt, reference, isOfDrop }, 'receipt of certified mail seen')
  if (receipts === 'file' && receiptsMailbox !== undefined)
    await mailbox.move([uid], receiptsMailbox)
}

/** Puts a mail aside that is no task and must not come again. `reason` goes on "a mail that …". */
export async function putAside(
  { settings, log }: Poll,
  mailbox: Mailbox,
  { uid }: ListedMail,
  reason: string,
): Promise<void> {
  const { quarantineMailbox, quarantineFlag } = settings
  const isFlagged = !mailbox.isReadOnly && mailbox.keeps(quarantineFlag)
  if (quarantineMailbox !== undefined) await mailbox.move([uid], quarantineMailbox)
  else if (isFlagged) await mailbox.flag([uid], quarantineFlag)
  log.warn({ uid, reason, movedTo: quarantineMailbox ?? null }, 'mail put aside')
}

/** What a poll tells at its end of mails that were malformed; all others were dealt with. */
export function malformedMails({ mails, first }: Malformed): SourceError {
  const others = mails > 1 ? ` (and ${mails - 1} more)` : ''
  const message = `${first}${others}: put aside; all other mails were taken`
  return new SourceError('SRC_MAIL', message, { retry: true })
}

function unable(message: string): SourceError {
  return new SourceError('SRC_MAILBOX', message, { retry: false })
}
