// One poll of the connector `imap`, in a process of its own: every mail is read to its end and
// moved. Nothing is saved.
import imap from '../../connectors/imap/index.ts'
import { firstPoll } from './first-poll.ts'
import { answerMeasure } from './measure.ts'

export interface ImapTask {
  /** As `scripts/peers/dovecot.ts` gives it. */
  url: string
  archive: string
  mails: number
}

export interface ImapResult {
  seconds: number
}

await answerMeasure(async ({ url, archive, mails }: ImapTask): Promise<ImapResult> => {
  const { hostname, port, username, password } = new URL(url)
  process.env['STAFFETTA_BENCH_IMAP'] = decodeURIComponent(password)
  const settings = imap.settings.parse({
    host: hostname,
    port: Number(port),
    tls: { mode: 'none' },
    username,
    password: 'env:STAFFETTA_BENCH_IMAP',
    after: 'move',
    archiveMailbox: archive,
    mailsPerPoll: 10_000,
  })
  const began = performance.now()
  const drops = imap.poll(firstPoll(settings))
  let read = 0
  for await (const { parts } of drops) {
    for (const part of parts) for await (const chunk of part.bytes) read += chunk.length > 0 ? 1 : 0
  }
  const seconds = (performance.now() - began) / 1000
  if (read < mails) throw new Error(`${read} mails were read instead of ${mails}`)
  return { seconds }
})
