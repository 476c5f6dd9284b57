// What `staffetta check --online` says of a mailbox, one line for each thing that a poll needs.
// Stands beside the poll. Invariant: nothing in the mailbox changes, and no mail is opened.
import { type CheckLine, type SourceContext, SourceError } from '../../src/connector.ts'
import { canMove, findTarget, openMailbox } from './mailbox.ts'
import { placesOf } from './mark-results.ts'
import { cannotMove, findFlagFault, targetsOf } from './put-away.ts'
import { openSession, type Session } from './session.ts'
import type { ImapSettings } from './settings.ts'

/** Fewer days than this left of a certificate are a warning. */
const leastDays = 14

/** Connects, logs in and looks at the mailboxes. */
export async function checkMailbox(context: SourceContext<ImapSettings>): Promise<CheckLine[]> {
  const { host, port, username } = context.settings
  const connect = `connect to ${host}:${port}`
  const logIn = `log in as ${username}@${host}:${port}`
  try {
    await using session = await openSession(context)
    const certificate = certificateLine(context, session)
    const reached = [connect, logIn].map((what): CheckLine => ({ ok: true, what }))
    return [...reached, ...certificate, ...(await mailboxLines(context, session))]
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    const what = error.code === 'SRC_CREDENTIALS' ? logIn : connect
    return [{ ok: false, what, remedy: error.message }]
  }
}

function certificateLine({ now }: SourceContext<ImapSettings>, session: Session): CheckLine[] {
  const end = session.certificateEnd()
  if (end === null) return []
  const days = Math.floor(end.since(now()).total('days'))
  const what = `certificate of the server: ${days} days left`
  if (days >= leastDays) return [{ ok: true, what }]
  return [{ ok: false, what, remedy: 'Ask who runs the server to renew it' }]
}

async function mailboxLines(
  { settings }: SourceContext<ImapSettings>,
  session: Session,
): Promise<CheckLine[]> {
  const { mailbox: path, idleSeconds, quarantineMailbox, quarantineFlag } = settings
  const lines: CheckLine[] = []
  const tryOut = async (what: string, run: () => Promise<string | null>) => {
    try {
      const found = await run()
      lines.push({ ok: true, what: found ?? what })
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      lines.push({ ok: false, what, remedy: error.message })
    }
  }
  await tryOut(`open ${path}`, async () => {
    const mailbox = await openMailbox(session, path)
    const fault = findFlagFault(settings, mailbox)
    if (fault !== null) throw new SourceError('SRC_MAILBOX', fault, { retry: false })
    const opened = `open ${path}: ${mailbox.mails} mails`
    if (quarantineMailbox !== undefined) return opened
    const aside = await mailbox.search({ keyword: quarantineFlag }, 0)
    return aside.length === 0 ? opened : `${opened}, of which ${quarantined(aside.length)}`
  })
  const targets = new Set([...targetsOf(settings), ...placesOf(settings)])
  targets.delete(path)
  for (const target of targets) {
    await tryOut(`find ${target}`, async () => {
      const mails = await findTarget(session, target)
      return target === quarantineMailbox ? `find ${target}: ${quarantined(mails)}` : null
    })
  }
  if (targets.size > 0) lines.push(moveLine(session))
  if (idleSeconds > 0) lines.push(idleLine(session))
  if (settings.senders !== undefined) lines.push(sendersLine(settings))
  return lines
}

/** Mails that were put aside stay until a person has looked at them. */
function quarantined(mails: number): string {
  return mails === 0 ? 'nothing was put aside' : `${mails} put aside, for a person to look at`
}

function moveLine(session: Session): CheckLine {
  const what = 'move mails'
  return canMove(session) ? { ok: true, what } : { ok: false, what, remedy: cannotMove }
}

function idleLine({ client }: Session): CheckLine {
  const what = 'be told of new mail at once (IDLE)'
  if (client.capabilities.has('IDLE')) return { ok: true, what }
  return { ok: false, what, remedy: 'The server does not offer it: set `idleSeconds: 0`' }
}

/** Said, and no fault: some mailboxes are reached by colleagues alone. */
function sendersLine({ senders, authentication, certified }: ImapSettings): CheckLine {
  const proof =
    certified || authentication !== undefined
      ? 'proved'
      : 'which is no proof: anybody may write such a sender, so set `authentication`'
  return { ok: true, what: `${senders?.length ?? 0} allowed senders, ${proof}` }
}
