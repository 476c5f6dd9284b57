// The measurement of IMAP: mails read and moved by the connector, from a Dovecot that this starts
// and that waits for no disk, one poll in a process of its own.
import { chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getServerUser } from '../../src/store/server-user.ts'
import { startDovecot } from '../peers/dovecot.ts'
import { findProgram } from '../peers/packages.ts'
import { type Ground, groundFor } from '../peers/server.ts'
import type { ImapResult, ImapTask } from './imap-run.ts'
import { measure } from './measure.ts'

export interface ImapReport {
  mails: number
  seconds: number
}

const wholeMails = 5000
const archive = 'Fatte'

/** Null where Dovecot is not installed. */
export async function benchImap(
  directory: string,
  share: number,
  signal: AbortSignal,
): Promise<ImapReport | null> {
  const dovecot = findProgram('dovecot')
  if ('command' in dovecot) return null
  const ground = groundFor('dovecot', directory, getServerUser(directory))
  const server = await startDovecot(ground, dovecot.path)
  try {
    const mails = Math.max(1, Math.round(wholeMails * share))
    const box = await fillMailbox(ground, new URL(server.url).username, mails)
    const task = { url: server.url, archive, mails }
    const { seconds } = await measure<ImapTask, ImapResult>('imap-run', task, signal)
    const moved = await Promise.all(
      ['cur', 'new'].map((part) => readdir(join(box, `.${archive}`, part))),
    )
    if (moved.flat().length !== mails) throw new Error('not every mail was moved')
    return { mails, seconds }
  } finally {
    await server.stop()
    await rm(ground.directory, { recursive: true })
  }
}

/** Writes the mails as Dovecot keeps them, since handing them in one by one would take longer. */
async function fillMailbox(ground: Ground, username: string, mails: number): Promise<string> {
  const { uid, gid, switched } = ground.user
  const give = async (path: string) => {
    if (switched) await chown(path, uid, gid)
  }
  const home = join(ground.directory, 'home')
  const box = join(home, username, 'mail')
  const directories = [home, join(home, username), box]
  for (const folder of [box, join(box, `.${archive}`)]) {
    if (folder !== box) directories.push(folder)
    directories.push(...['cur', 'new', 'tmp'].map((part) => join(folder, part)))
  }
  for (const directory of directories) {
    await mkdir(directory)
    await give(directory)
  }
  for (let number = 0; number < mails; number++) {
    const path = join(box, 'new', `${1_772_000_000 + number}.M${number}.bench`)
    await writeFile(path, mailOf(number))
    await give(path)
  }
  return box
}

/** A task mail as a workflow system sends it, of some 2 kB. */
function mailOf(number: number): string {
  const lines = [
    'From: Sportello <pratiche@gestionale.example>',
    'To: staffetta@comune.example',
    `Message-ID: <bench-${number}@gestionale.example>`,
    `Subject: Pratica ${number}`,
    'Date: Sun, 01 Mar 2026 10:00:00 +0100',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Numero pratica: ${number}`,
    ...Array.from({ length: 24 }, (_, at) => `Riga ${at}: ${'testo della pratica '.repeat(3)}`),
    '',
  ]
  return lines.join('\r\n')
}
