import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { sendWaiting } from '../../src/mail/send-waiting.ts'
import { createMailer } from '../../src/mail/smtp.ts'
import { comune, givenStore, now } from '../store/given.ts'

interface Taken {
  from: string
  to: string[]
  raw: string
}

const FROM = 'staffetta@comune.example'
const closers: (() => Promise<unknown> | void)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A mail server that keeps what it takes, and a mailer that knows it. */
async function serve(options: SMTPServerOptions = {}, login: object = {}) {
  const taken: Taken[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...options,
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom === false ? '' : mailFrom.address
        const to = rcptTo.map(({ address }) => address)
        taken.push({ from, to, raw: Buffer.concat(pieces).toString('utf8') })
        done()
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  const mailer = createMailer(FROM, { host: '127.0.0.1', port, secure: false, ...login })
  closers.push(() => mailer.close())
  return { taken, mailer, port }
}

const mail = { recipients: ['ced@comune.example'], subject: 'File ricevuto: a.zip', body: 'Testo' }

test('a mail goes from the configured sender to every recipient', async () => {
  const { taken, mailer } = await serve()
  const recipients = ['ced@comune.example', 'tributi@comune.example']
  await mailer.send({ ...mail, recipients, body: 'È arrivato.\nSeconda riga.' })
  expect(taken).toHaveLength(1)
  expect(taken[0]).toMatchObject({ from: FROM, to: recipients })
  expect(taken[0]?.raw).toContain('Subject: File ricevuto: a.zip\r\n')
  expect(taken[0]?.raw).toContain('Content-Type: text/plain; charset=utf-8\r\n')
})

test('a subject cannot add a header, a recipient or a body', async () => {
  const { taken, mailer } = await serve()
  const subject = 'File ricevuto: a\r\nBcc: everyone@comune.example\r\n\r\nother body\u0000.zip'
  await mailer.send({ ...mail, subject })
  expect(taken[0]?.to).toEqual(mail.recipients)
  const head = taken[0]?.raw.split('\r\n\r\n')[0] ?? ''
  expect(head).not.toMatch(/^Bcc:/im)
  const folded = head.replace(/\r\n[ \t]+/g, ' ')
  expect(folded).toContain('Subject: File ricevuto: a Bcc: everyone@comune.example other body .zip')
})

test('a subject is cut where no server would take it', async () => {
  const { taken, mailer } = await serve()
  await mailer.send({ ...mail, subject: 'x'.repeat(10_000) })
  const lines = taken[0]?.raw.split('\r\n') ?? []
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(998)
})

test('a login is used where there is one, and a refused one is told', async () => {
  const onAuth: SMTPServerOptions['onAuth'] = ({ username, password }, _, done) => {
    if (username === 'staffetta' && password === 'right') done(null, { user: username })
    else done(new Error('535 no'))
  }
  const options: SMTPServerOptions = {
    authOptional: false,
    allowInsecureAuth: true,
    authMethods: ['PLAIN'],
    onAuth,
  }
  const login = (password: string) => ({
    username: 'staffetta',
    password: { reveal: () => password },
  })
  const good = await serve(options, login('right'))
  await good.mailer.send(mail)
  expect(good.taken).toHaveLength(1)
  const bad = await serve(options, login('wrong'))
  const refused = await bad.mailer.send(mail).catch((error: Error) => error.message)
  expect(refused).not.toContain('wrong')
  expect(bad.taken).toEqual([])
})

test('a server that is away, or that refuses the recipient, is an error', async () => {
  const { mailer } = await serve({
    onRcptTo: (_, __, done) => done(new Error('550 no such person')),
  })
  await expect(mailer.send(mail)).rejects.toThrow()
  const nowhere = createMailer(FROM, { host: '127.0.0.1', port: 1, secure: false })
  closers.push(() => nowhere.close())
  await expect(nowhere.send(mail)).rejects.toThrow('ECONNREFUSED')
})

test('mails that wait are sent in order; one that fails holds back no other', async () => {
  const given = await givenStore()
  closers.push(() => given.close())
  const { pauses, mails } = given.store
  const { taken, mailer } = await serve({
    onRcptTo: ({ address }, _, done) =>
      done(address.startsWith('nobody') ? new Error('550 no such person') : null),
  })
  const pause = { institution: comune, since: now, code: 'IO_KEY', detail: '401' }
  for (const service of ['tari', 'nobody', 'mensa']) {
    await pauses.pause({ ...pause, service }, [`${service}@comune.example`])
  }
  expect(await sendWaiting(mails, mailer, () => now)).toBe(2)
  expect(taken.map(({ to }) => to)).toEqual([['tari@comune.example'], ['mensa@comune.example']])
  expect(await given.count('select count(*) from staff_mails where failure is not null')).toBe(1)
  expect(await sendWaiting(mails, mailer, () => now)).toBe(0)
  expect(taken).toHaveLength(2)
})
