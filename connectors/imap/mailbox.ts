// One mailbox, as the connector uses it: which mails are there, their bytes, flags and moves.
// Stands between the session and the poll. Invariants: a mail is named by its UID and never marked
// as read by reading it; nothing is ever deleted but what a move has copied.
import type { SearchObject } from 'imapflow'
import { SourceError } from '../../src/connector.ts'
import { isRefusal, type Session } from './session.ts'

export interface Mailbox {
  /** UIDs hold as long as this does. */
  uidValidity: string
  mails: number
  isReadOnly: boolean
  /** Whether a mail may be given a flag for good. */
  keeps(flag: string): boolean
  /** The UIDs of mails that match, ascending, those above `above` alone. */
  search(query: SearchObject, above: number): Promise<number[]>
  /** Sizes, times and first pieces, ascending; a mail that is gone is missing. */
  read(uids: number[]): Promise<ListedMail[]>
  /** At most `pieceBytes` from `offset`; empty at the end, null when the mail is gone. */
  readPiece(uid: number, offset: number): Promise<Uint8Array | null>
  flag(uids: number[], flag: string): Promise<void>
  unflag(uids: number[], flag: string): Promise<void>
  /** Passes over mails that are gone. Throws `SRC_MAILBOX` when the target will not have them. */
  move(uids: number[], target: string): Promise<void>
  /** Resolves with true once there is new mail, with false once `over` is or IDLE ends. */
  waitForMail(over: Promise<void>): Promise<boolean>
}

export interface ListedMail {
  uid: number
  /** As the server says it; some servers guess. */
  sizeBytes: number
  /** When it arrived in the mailbox. */
  received: Temporal.Instant
  firstPiece: Uint8Array
}

/** How much of a mail is asked for at once, so that memory does not depend on its size. */
export const pieceBytes = 256 * 1024

/** Opens a mailbox. Throws `SRC_MAILBOX` where it is not there or the user may not see it. */
export async function openMailbox(session: Session, path: string): Promise<Mailbox> {
  const { client } = session
  const opened = await refusable(
    session.ask(() => client.mailboxOpen(path)),
    `the mailbox ${path} cannot be opened`,
  )
  let hasNews = false
  let tellNews = () => {}
  client.on('exists', ({ count, prevCount }) => {
    if (count <= prevCount) return
    hasNews = true
    tellNews()
  })
  const inMailbox = { uid: true } as const
  const pieceOf = (start: number) => ({ start, maxLength: pieceBytes })

  return {
    uidValidity: String(opened.uidValidity),
    mails: opened.exists,
    isReadOnly: opened.readOnly === true,
    keeps(flag) {
      const kept = opened.permanentFlags
      return kept === undefined || kept.has('\\*') || kept.has(flag)
    },
    async search(query, above) {
      await session.ask(() => client.noop()) // Else some servers do not see what came since.
      hasNews = false
      const range = above > 0 ? { uid: `${above + 1}:*` } : {}
      const found = await session.ask(() =>
        client.search({ all: true, ...query, ...range }, inMailbox),
      )
      if (!Array.isArray(found)) throw refused(`the mailbox ${path} cannot be searched`)
      return found.filter((uid) => uid > above) // `n:*` names the last mail, whatever n is.
    },
    async read(uids) {
      const query = { size: true, internalDate: true, source: pieceOf(0) }
      const found = await session.ask(() => client.fetchAll(uids.join(','), query, inMailbox))
      return found
        .filter(({ uid }) => uids.includes(uid)) // Servers may tell of others meanwhile.
        .map((mail) => ({
          uid: mail.uid,
          sizeBytes: mail.size ?? 0,
          received: instantOf(mail.internalDate),
          firstPiece: mail.source ?? new Uint8Array(),
        }))
        .sort((a, b) => a.uid - b.uid)
    },
    async readPiece(uid, offset) {
      const query = { source: pieceOf(offset) }
      const found = await session.ask(() => client.fetchOne(String(uid), query, inMailbox))
      return found ? (found.source ?? new Uint8Array()) : null
    },
    async flag(uids, flag) {
      if (await session.ask(() => client.messageFlagsAdd(uids.join(','), [flag], inMailbox))) return
      throw refused(`mails of ${path} cannot be given the flag ${flag}`)
    },
    async unflag(uids, flag) {
      await session.ask(() => client.messageFlagsRemove(uids.join(','), [flag], inMailbox))
    },
    async move(uids, target) {
      if (await session.ask(() => client.messageMove(uids.join(','), target, inMailbox))) return
      throw refused(`mails of ${path} cannot be moved to ${target}`)
    },
    async waitForMail(over) {
      if (hasNews) return true
      const news = Promise.withResolvers<boolean>()
      tellNews = () => news.resolve(true)
      // Also when the connection is lost: the next poll makes a new one.
      const end = () => news.resolve(hasNews)
      client.idle().then(end, end)
      return await Promise.race([news.promise, over.then(() => false)])
    },
  }
}

/** Whether moving leaves nothing behind and takes nothing else along. */
export function canMove({ client }: Session): boolean {
  // Without either, a move ends with an EXPUNGE of all that anybody has marked as deleted.
  return client.capabilities.has('MOVE') || client.capabilities.has('UIDPLUS')
}

/**
 * How many mails lie in a mailbox that mails are moved to. Throws `SRC_MAILBOX` where it is not
 * there.
 */
export async function findTarget(session: Session, path: string): Promise<number> {
  const what = `the mailbox ${path} is not there`
  const status = await refusable(
    session.ask(() => session.client.status(path, { messages: true })),
    what,
  )
  if (!status) throw refused(what)
  return status.messages ?? 0
}

async function refusable<T>(asked: Promise<T>, what: string): Promise<T> {
  try {
    return await asked
  } catch (cause) {
    throw isRefusal(cause) ? refused(what, cause) : cause
  }
}

function refused(what: string, cause?: unknown): SourceError {
  const message = `${what}: create it, or give the user the right to it`
  return new SourceError('SRC_MAILBOX', message, { retry: true, cause })
}

function instantOf(date: Date | string | undefined): Temporal.Instant {
  const milliseconds = date === undefined ? Number.NaN : new Date(date).getTime()
  return Temporal.Instant.fromEpochMilliseconds(Number.isNaN(milliseconds) ? 0 : milliseconds)
}
