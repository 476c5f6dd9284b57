// The mailboxes of the demo: a Dovecot where one is installed, and else the words that say how to
// get it. Mails are laid in and looked at as any mail program does.
// Invariant: nothing is installed, and no mail leaves this machine.
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { getServerUser } from '../../src/store/server-user.ts'
import { startDovecot } from '../peers/dovecot.ts'
import { findProgram } from '../peers/packages.ts'
import { groundFor } from '../peers/server.ts'

export interface Mailboxes {
  /** Of IMAP with TLS from the beginning. */
  port: number
  /** The file with the authority that vouches for the server. */
  authority: string
  /** Of every user. */
  password: string
  /** Makes a user's mailboxes beside the INBOX. */
  make(user: string, mailboxes: readonly string[]): Promise<void>
  put(user: string, mail: Uint8Array): Promise<void>
  /** What lies where: the mailboxes in which there are mails. */
  list(user: string): Promise<LyingMail[]>
  stop(): Promise<void>
}

export interface LyingMail {
  mailbox: string
  subject: string
  /** Keywords and flags, but those that the server keeps for itself. */
  flags: string[]
}

/** Starts the server below `directory`; a text where this cannot be done here. */
export async function startMailboxes(directory: string): Promise<Mailboxes | string> {
  const dovecot = findProgram('dovecot')
  if ('command' in dovecot) {
    return `no mail server is installed: \`${dovecot.command}\` and start the demo again`
  }
  const root = join(directory, 'posta')
  await mkdir(root)
  await chmod(root, 0o711)
  try {
    const server = await startDovecot(groundFor('dovecot', root, getServerUser(root)), dovecot.path)
    return reach(new URL(server.url), server.stop)
  } catch (error) {
    return `the mail server did not start: ${(error as Error).message.split('\n')[0]}`
  }
}

function reach(url: URL, stop: () => Promise<void>): Mailboxes {
  const password = decodeURIComponent(url.password)
  const asUser = async <T>(user: string, run: (client: ImapFlow) => Promise<T>): Promise<T> => {
    const client = new ImapFlow({
      host: url.hostname,
      port: Number(url.port),
      secure: false,
      doSTARTTLS: false,
      auth: { user, pass: password },
      logger: false,
    })
    client.on('error', () => {}) // What is being asked fails with it.
    await client.connect()
    try {
      return await run(client)
    } finally {
      await client.logout()
    }
  }
  return {
    port: Number(url.searchParams.get('tls')),
    authority: url.searchParams.get('ca') ?? '',
    password,
    make: (user, mailboxes) =>
      asUser(user, async (client) => {
        for (const path of mailboxes) await client.mailboxCreate(path)
      }),
    put: (user, mail) =>
      asUser(user, async (client) => {
        await client.append('INBOX', Buffer.from(mail))
      }),
    list: (user) => asUser(user, listAll),
    stop,
  }
}

async function listAll(client: ImapFlow): Promise<LyingMail[]> {
  const lying: LyingMail[] = []
  for (const { path } of await client.list()) {
    const { exists } = await client.mailboxOpen(path, { readOnly: true })
    if (exists === 0) continue
    for await (const { envelope, flags } of client.fetch('1:*', { envelope: true, flags: true })) {
      const kept = [...(flags ?? [])].filter((flag) => flag !== '\\Recent')
      lying.push({ mailbox: path, subject: envelope?.subject ?? '', flags: kept })
    }
  }
  return lying
}
