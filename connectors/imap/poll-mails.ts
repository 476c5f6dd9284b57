// The poll of a mailbox: each mail is judged, a task is yielded, and only then acknowledged.
// Stands between the mailbox and the contract. Invariants: mails are taken in the order in which
// they arrived; a mail that is malformed or refused is put aside and stops none of the others.
import type { SearchObject } from 'imapflow'
import { type PollContext, type SourceDrop, SourceError, stopped } from '../../src/connector.ts'
import type { MailFacts } from './mail-scan.ts'
import { type ListedMail, type Mailbox, openMailbox } from './mailbox.ts'
import { acknowledge, fileReceipt, findFaults, malformedMails, putAside } from './put-away.ts'
import { readAgain, readMail } from './read-mail.ts'
import type { Session } from './session.ts'
import type { ImapSettings } from './settings.ts'
import { judgeMail, type Verdict } from './verdict.ts'

type Poll = PollContext<ImapSettings>

interface Judged {
  mail: ListedMail
  /** `malformed`: `reason` goes on "a mail that …". */
  verdict: Verdict | { is: 'malformed'; reason: string }
  bytes: number
}

interface Work {
  context: Poll
  mailbox: Mailbox
  /** How many drops were yielded. */
  taken: number
  /** For each malformed mail its number and what is wrong with it. */
  malformed: string[]
  refused: number
  /** Mails that are saved, and not acknowledged yet. */
  safe: number[]
}

/** How many mails are asked for at once: with their first pieces, 13 MB. */
const pageMails = 50
/** How many are acknowledged at once: of a large mailbox the server goes through all for each. */
const acknowledgedMails = 200
/** How many mails one poll looks at, the oldest first: what stays is looked at every time. */
const examinedMails = 10_000

/** Yields each new task of the mailbox; then waits `idleSeconds` for more. */
export async function* pollMails(
  context: Poll,
  session: Session,
): AsyncGenerator<SourceDrop, void, void> {
  const { settings } = context
  const mailbox = await openMailbox(session, settings.mailbox)
  await findFaults(settings, session, mailbox)
  const work: Work = { context, mailbox, taken: 0, malformed: [], refused: 0, safe: [] }
  let above = watermark(context, mailbox)
  let examined = 0
  let isTooMany = false
  let over: Promise<void> | null = null
  do {
    const found = await mailbox.search(searchOf(context), above)
    const wanted = found.slice(0, examinedMails - examined)
    isTooMany = wanted.length < found.length
    for (let at = 0; at < wanted.length && hasRoom(work); at += pageMails) {
      yield* takePage(work, wanted.slice(at, at + pageMails))
      if (work.safe.length >= acknowledgedMails) await acknowledgeSafe(work)
    }
    await acknowledgeSafe(work)
    examined += wanted.length
    above = wanted.at(-1) ?? above
    if (settings.idleSeconds === 0 || isTooMany || !hasRoom(work)) break
    over ??= waitOnce(context)
  } while (await mailbox.waitForMail(over))
  if (context.signal.aborted) throw stopped()
  if (work.refused > 0) context.log.warn({ mails: work.refused }, 'mails refused')
  const [first] = work.malformed
  if (first !== undefined) throw malformedMails({ mails: work.malformed.length, first })
  if (isTooMany && work.taken === 0) throw tooManyMails(settings)
}

/** The one wait of a poll, however often mails interrupt it. */
function waitOnce({ settings, sleep }: Poll): Promise<void> {
  return sleep(settings.idleSeconds).catch(() => {}) // What a stop means is said by the signal.
}

function hasRoom({ taken, context }: Work): boolean {
  return taken < context.settings.mailsPerPoll
}

/**
 * Up to where mails were taken before. Where mails are flagged or moved, that itself says which are
 * left: one that a stop kept from it lies below the others.
 */
function watermark({ settings, cursor }: Poll, { uidValidity }: Mailbox): number {
  if (settings.after !== 'leave' || cursor === null || typeof cursor !== 'object') return 0
  if (Array.isArray(cursor) || cursor['uidValidity'] !== uidValidity) return 0
  return typeof cursor['uid'] === 'number' ? cursor['uid'] : 0
}

function searchOf({ settings, from, now }: Poll): SearchObject {
  const { search, after, flag, quarantineFlag } = settings
  const begin = from !== null && Temporal.Instant.compare(from, now()) > 0 ? now() : from
  return {
    unKeyword: quarantineFlag,
    ...(search === 'unseen' && { seen: false }),
    ...(after === 'flag' && { not: flagged(flag) }),
    // Servers compare days, each in a zone of its own: the time itself is looked at later.
    ...(begin !== null && { since: new Date(begin.subtract({ hours: 48 }).epochMilliseconds) }),
  }
}

function flagged(flag: string): SearchObject {
  return flag.startsWith('\\') ? { [flag.slice(1).toLowerCase()]: true } : { keyword: flag }
}

/**
 * Those that are safe are acknowledged together, which is several times as fast as one by one. If
 * the poll ends before, the next one knows them, and acknowledges them.
 */
async function acknowledgeSafe({ context, mailbox, safe }: Work): Promise<void> {
  await acknowledge(context, mailbox, safe.splice(0))
}

/** A page of mails: all are judged first, so that the core is asked once which it knows. */
async function* takePage(work: Work, uids: number[]): AsyncGenerator<SourceDrop, void, void> {
  const { context, mailbox } = work
  const judged: Judged[] = []
  for (const mail of await mailbox.read(uids)) {
    if (isBefore(mail.received, context.from)) continue
    const facts = await readMail(context, mailbox, mail)
    if (facts !== null) judged.push(judge(mail, facts, context.settings))
  }
  const keys = judged.flatMap(({ verdict }) => keysIn(verdict))
  const known = keys.length === 0 ? new Set<string>() : await context.known(keys)
  for (const one of judged) {
    if (context.signal.aborted) throw stopped()
    const { mail, verdict } = one
    if (verdict.is !== 'task') {
      await putAway(work, mail, verdict, known)
      continue
    }
    if (!known.has(verdict.key)) {
      if (!hasRoom(work)) break
      yield dropOf(work, one, verdict.key)
      known.add(verdict.key) // The same mail may have come twice.
      work.taken += 1
    }
    work.safe.push(mail.uid)
  }
}

/** The keys of drops that a mail names: its own, or that of the mail which a receipt is about. */
function keysIn(verdict: Judged['verdict']): string[] {
  if (verdict.is === 'task') return [verdict.key]
  return verdict.is === 'receipt' && verdict.reference !== null ? [verdict.reference] : []
}

function isBefore(received: Temporal.Instant, from: Temporal.Instant | null): boolean {
  return from !== null && Temporal.Instant.compare(received, from) < 0
}

function judge(
  mail: ListedMail,
  facts: MailFacts | { fault: string },
  settings: ImapSettings,
): Judged {
  if ('fault' in facts) return { mail, verdict: { is: 'malformed', reason: facts.fault }, bytes: 0 }
  return { mail, verdict: judgeMail(facts, settings), bytes: facts.bytes }
}

async function putAway(
  work: Work,
  mail: ListedMail,
  verdict: Exclude<Judged['verdict'], { is: 'task' }>,
  known: ReadonlySet<string>,
): Promise<void> {
  const { context, mailbox } = work
  if (verdict.is === 'receipt') return fileReceipt(context, mailbox, mail, { ...verdict, known })
  if (verdict.is === 'malformed') work.malformed.push(`mail ${mail.uid} ${verdict.reason}`)
  else work.refused += 1
  await putAside(context, mailbox, mail, verdict.reason)
}

function dropOf({ context, mailbox }: Work, { mail, bytes }: Judged, key: string): SourceDrop {
  const part = {
    name: `mail-${mail.uid}.eml`,
    mediaType: 'message/rfc822',
    bytes: readAgain(context, mailbox, mail, bytes),
  }
  return { key, parts: [part], cursor: { uidValidity: mailbox.uidValidity, uid: mail.uid } }
}

function tooManyMails({ mailbox }: ImapSettings): SourceError {
  const message =
    `the first ${examinedMails} mails of ${mailbox} hold no task: move them away, or let ` +
    '`receipts: file` and a quarantineMailbox do it'
  return new SourceError('SRC_MAILBOX_BOUNDS', message, { retry: true })
}
